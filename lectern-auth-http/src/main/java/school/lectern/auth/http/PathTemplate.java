package school.lectern.auth.http;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A path whose segments are fixed or {@code {named}}; a {@code **} at its end stands for any number of further segments. */
final class PathTemplate {

    private static final String REST = "**";

    private final String text;
    private final List<String> segments;
    private final boolean open;

    private PathTemplate(String text, List<String> segments, boolean open) {
        this.text = text;
        this.segments = segments;
        this.open = open;
    }

    static PathTemplate parse(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("path must start with a slash, was " + text);
        }
        List<String> segments = List.of(text.substring(1).split("/", -1));
        boolean open = segments.get(segments.size() - 1).equals(REST);
        List<String> fixed = open ? segments.subList(0, segments.size() - 1) : segments;
        if (!fixed.stream().allMatch(segment -> segment.matches("\\{[^{}]+}|[^{}*;?#%]*"))) {
            throw new IllegalArgumentException(
                    "path must consist of plain segments, {named} segments, and ** at its end, was " + text);
        }
        List<String> variables = fixed.stream().filter(PathTemplate::isVariable).toList();
        if (new HashSet<>(variables).size() < variables.size()) {
            throw new IllegalArgumentException("path must use each segment name only once, was " + text);
        }
        return new PathTemplate(text, List.copyOf(fixed), open);
    }

    /** Returns the values of the named segments, or empty if the path, which starts with a slash, does not match. */
    Optional<Map<String, String>> match(String path) {
        Map<String, String> values = Map.of();
        int start = 1;
        // By position and without a list: a request is compared with one template after the other, until one matches.
        for (String segment : segments) {
            if (start > path.length()) {
                return Optional.empty();
            }
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            if (isVariable(segment) && end > start) {
                values = values.isEmpty() ? new HashMap<>() : values;
                values.put(segment.substring(1, segment.length() - 1), path.substring(start, end));
            } else if (segment.length() != end - start || !path.startsWith(segment, start)) {
                return Optional.empty();
            }
            start = end + 1;
        }
        return open || start > path.length() ? Optional.of(values) : Optional.empty();
    }

    /** Returns whether exactly one path matches. */
    boolean isFixed() {
        return !open && segments.stream().noneMatch(PathTemplate::isVariable);
    }

    @Override
    public String toString() {
        return text;
    }

    boolean has(String variable) {
        return segments.contains("{" + variable + "}");
    }

    /** Returns whether a segment, which is known to be valid, is a variable. */
    private static boolean isVariable(String segment) {
        return segment.startsWith("{");
    }
}
