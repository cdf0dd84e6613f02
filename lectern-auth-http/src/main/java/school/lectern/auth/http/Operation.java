package school.lectern.auth.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The method and the path of a request, for which a rule is selected.
 *
 * @param method the method as the handler reads it
 * @param path the path within the application, decoded; null if it is ambiguous
 * @param directory the directory that was requested, if the server chose {@code path} as its welcome page; otherwise null
 */
record Operation(
        String method, @Nullable String path, @Nullable String directory) {

    /** The escapes of a slash, a backslash, a dot, a semicolon and NUL. */
    private static final List<String> AMBIGUOUS_ESCAPES = List.of("%2f", "%5c", "%2e", "%3b", "%00");

    static Operation of(HttpCall call) {
        String sent = call.rawPath();
        String path = call.path();
        if (sent == null || !path.startsWith("/") || isAmbiguous(sent) || path.contains("//")) {
            return new Operation(call.method(), null, null);
        }
        String context = call.contextPath();
        if (sent.length() == context.length() + path.length() && sent.startsWith(context) && sent.endsWith(path)) {
            return new Operation(call.method(), path, null);
        }
        return decoded(call.method(), decode(sent), decode(context), path);
    }

    /**
     * Returns whether a guard and a handler may interpret the path differently. Without a regular expression, which would cost
     * as much as the rest of a decision.
     */
    static boolean isAmbiguous(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == ';'
                    || c == '\\'
                    || (c == '/' && isAmbiguousSegment(path, i + 1))
                    || (c == '%' && isAmbiguousEscape(path, i))) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a segment is empty and not the last one, or consists of one or two dots. */
    private static boolean isAmbiguousSegment(String path, int start) {
        if (path.startsWith("/", start)) {
            return true;
        }
        if (!path.startsWith(".", start)) {
            return false;
        }
        int end = path.startsWith(".", start + 1) ? start + 2 : start + 1;
        return end == path.length() || path.charAt(end) == '/';
    }

    private static boolean isAmbiguousEscape(String path, int start) {
        for (String escape : AMBIGUOUS_ESCAPES) {
            if (path.regionMatches(true, start, escape, 0, escape.length())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Compares the two decoded paths. Some handlers are selected by the servlet path, others by the URI. These differ if a
     * wrapper changes only one of them, which makes the path ambiguous, or if the server selects a directory's welcome page.
     */
    private static Operation decoded(String method, @Nullable String sent, @Nullable String context, String path) {
        if (sent == null || context == null) {
            return new Operation(method, null, null);
        }
        String routed = context + path;
        if (sent.equals(routed)) {
            return new Operation(method, path, null);
        }
        boolean isWelcomePage = sent.endsWith("/")
                && sent.length() > context.length()
                && routed.startsWith(sent)
                && routed.indexOf('/', sent.length()) < 0;
        return isWelcomePage
                ? new Operation(method, path, sent.substring(context.length()))
                : new Operation(method, null, null);
    }

    private static @Nullable String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    Operation withMethod(String other) {
        return new Operation(other, path, directory);
    }

    /** Returns whether this reads the index page, such as {@code index.html}, of the directory of the other operation. */
    boolean isIndexOf(@Nullable Operation other) {
        return path != null
                && other != null
                && other.path != null
                && other.path.endsWith("/")
                && method.equals(other.method)
                && path.startsWith(other.path + "index.")
                && path.indexOf('/', other.path.length()) < 0;
    }
}
