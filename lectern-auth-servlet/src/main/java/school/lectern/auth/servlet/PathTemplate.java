package school.lectern.auth.servlet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A path whose segments are fixed, or {@code {named}}, or at its end {@code **} for any number of further ones. */
final class PathTemplate {

    private static final String REST = "**";

    private final List<String> segments;
    private final boolean open;

    private PathTemplate(List<String> segments, boolean open) {
        this.segments = segments;
        this.open = open;
    }

    static PathTemplate parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("a path starts with a slash: " + text);
        }
        List<String> segments = split(text);
        boolean open = segments.get(segments.size() - 1).equals(REST);
        List<String> fixed = open ? segments.subList(0, segments.size() - 1) : segments;
        boolean readable = fixed.stream()
                .allMatch(segment -> isVariable(segment) || segment.chars().noneMatch(c -> "{}*;?#%".indexOf(c) >= 0));
        if (!readable) {
            throw new IllegalArgumentException(
                    "a path is made of plain segments, {named} ones, and ** at its end: " + text);
        }
        return new PathTemplate(List.copyOf(fixed), open);
    }

    /** The values of the named segments, or empty if the path is not of this form. */
    Optional<Map<String, String>> match(String path) {
        return match(split(path));
    }

    /** The values of the named segments, or empty if the path with these segments is not of this form. */
    Optional<Map<String, String>> match(List<String> actual) {
        boolean fits = open ? actual.size() >= segments.size() : actual.size() == segments.size();
        if (!fits) {
            return Optional.empty();
        }
        Map<String, String> values = Map.of();
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (isVariable(segment) && !actual.get(i).isEmpty()) {
                values = values.isEmpty() ? new HashMap<>() : values;
                values.put(segment.substring(1, segment.length() - 1), actual.get(i));
            } else if (!segment.equals(actual.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    boolean has(String variable) {
        return segments.contains("{" + variable + "}");
    }

    /** The segments of a path. */
    static List<String> split(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static boolean isVariable(String segment) {
        return segment.length() > 2 && segment.startsWith("{") && segment.endsWith("}");
    }
}
