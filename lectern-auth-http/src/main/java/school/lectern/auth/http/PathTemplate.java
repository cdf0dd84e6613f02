package school.lectern.auth.http;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** A path whose segments are fixed or {@code {named}}; a {@code **} at its end stands for any number of further segments. */
final class PathTemplate {

    private static final String REST = "**";

    private final String text;
    private final List<Segment> segments;
    private final boolean open;
    private final boolean fixed;

    private PathTemplate(String text, List<Segment> segments, boolean open) {
        this.text = text;
        this.segments = segments;
        this.open = open;
        this.fixed = !open && segments.stream().noneMatch(Segment::isVariable);
    }

    /**
     * A segment of a template.
     *
     * @param text its text; of a variable, its name
     */
    private record Segment(String text, boolean isVariable) {

        static Segment of(String text) {
            boolean isVariable = text.startsWith("{");
            return new Segment(isVariable ? text.substring(1, text.length() - 1) : text, isVariable);
        }

        boolean isAt(String path, int start, int end) {
            return text.length() == end - start && path.startsWith(text, start);
        }
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
        List<Segment> parsed = fixed.stream().map(Segment::of).toList();
        List<Segment> variables = parsed.stream().filter(Segment::isVariable).toList();
        if (new HashSet<>(variables).size() < variables.size()) {
            throw new IllegalArgumentException("path must use each segment name only once, was " + text);
        }
        return new PathTemplate(text, parsed, open);
    }

    /** Returns whether a path, which starts with a slash, matches. */
    boolean matches(String path) {
        int start = 1;
        // By position and without a list: a request is compared with one template after the other, until one matches.
        for (Segment segment : segments) {
            if (start > path.length()) {
                return false;
            }
            int end = segmentEnd(path, start);
            if (segment.isVariable() ? end == start : !segment.isAt(path, start, end)) {
                return false;
            }
            start = end + 1;
        }
        return open || start > path.length();
    }

    /** Returns the values of the named segments in a path that matches. */
    Map<String, String> values(String path) {
        Map<String, String> values = new HashMap<>();
        int start = 1;
        for (Segment segment : segments) {
            int end = segmentEnd(path, start);
            if (segment.isVariable()) {
                values.put(segment.text(), path.substring(start, end));
            }
            start = end + 1;
        }
        return values;
    }

    private static int segmentEnd(String path, int start) {
        int slash = path.indexOf('/', start);
        return slash < 0 ? path.length() : slash;
    }

    /** Returns whether exactly one path matches. */
    boolean isFixed() {
        return fixed;
    }

    @Override
    public String toString() {
        return text;
    }

    boolean has(String variable) {
        return segments.contains(new Segment(variable, true));
    }
}
