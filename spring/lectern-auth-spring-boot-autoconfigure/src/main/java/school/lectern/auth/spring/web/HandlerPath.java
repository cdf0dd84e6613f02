package school.lectern.auth.spring.web;

import school.lectern.auth.http.RouteRules;

/**
 * Finds requests whose path reaches a handler in another spelling than a rule's: a handler mapping may ignore case and a slash
 * at the end, and rules do not. The rules would leave such a request to Spring Security, whose matchers compare like the rules.
 */
public final class HandlerPath {

    private HandlerPath() {}

    /**
     * {@return whether rules guard the path in the spelling of the handler's pattern, and do not name it in the request's}
     *
     * @param rules the rules
     * @param method the method of the request
     * @param before the part of the path before the one that the pattern describes; may be empty
     * @param path the path that the pattern matches, decoded
     * @param pattern the pattern of the handler
     */
    public static boolean evadesRule(RouteRules rules, String method, String before, String path, String pattern) {
        String spelled = spelledLike(pattern, path);
        return !spelled.equals(path) && rules.guards(method, before + spelled) && !rules.names(method, before + path);
    }

    /**
     * Returns the path with the literal segments of the pattern, and with a slash at its end only if the pattern has one. Runs
     * for each request, so it creates nothing if the path is spelled like the pattern.
     */
    static String spelledLike(String pattern, String path) {
        StringBuilder spelled = null;
        int wanted = 0;
        int start = 0;
        while (!pattern.startsWith("**", wanted) && !pattern.startsWith("{*", wanted)) {
            int wantedEnd = segmentEnd(pattern, wanted);
            int end = segmentEnd(path, start);
            int length = end - start;
            if (length == wantedEnd - wanted
                    && !path.regionMatches(start, pattern, wanted, length)
                    && path.regionMatches(true, start, pattern, wanted, length)) {
                spelled = spelled == null ? new StringBuilder(path) : spelled;
                spelled.replace(start, end, pattern.substring(wanted, wantedEnd));
            }
            if (wantedEnd == pattern.length() && end == path.length() - 1) {
                spelled = spelled == null ? new StringBuilder(path) : spelled;
                spelled.setLength(end);
            }
            if (wantedEnd == pattern.length() || end == path.length()) {
                break;
            }
            wanted = wantedEnd + 1;
            start = end + 1;
        }
        return spelled == null ? path : spelled.toString();
    }

    private static int segmentEnd(String path, int start) {
        int slash = path.indexOf('/', start);
        return slash < 0 ? path.length() : slash;
    }
}
