package school.lectern.auth.servlet;

/**
 * A URL pattern that a filter is mapped to (Servlet specification, section 12.2).
 *
 * @param text the pattern, such as {@code /api/*}
 */
record UrlPattern(String text) {

    private static final String ANY_TAIL = "/**";
    private static final String ANY_PATH_BELOW = "/*";

    /**
     * Returns whether a path can match both this pattern and the path of a route rule.
     *
     * @param rulePath the path of a rule, with variables such as {@code {id}}, and {@code /**} at the end if it is open
     */
    boolean canMatch(String rulePath) {
        if (!text.startsWith("/") || text.equals("/")) {
            return true;
        }
        boolean isOpen = rulePath.endsWith(ANY_TAIL);
        boolean isPrefix = text.endsWith(ANY_PATH_BELOW);
        String[] rule = segments(rulePath, isOpen ? ANY_TAIL : "");
        String[] covered = segments(text, isPrefix ? ANY_PATH_BELOW : "");
        // Compared segment by segment up to the end of the shorter path. Only an open path matches further segments.
        for (int i = 1; i < Math.min(covered.length, rule.length); i++) {
            boolean matches = rule[i].startsWith("{") ? !covered[i].isEmpty() : rule[i].equals(covered[i]);
            if (!matches) {
                return false;
            }
        }
        return covered.length > rule.length ? isOpen : covered.length == rule.length || isPrefix;
    }

    private static String[] segments(String path, String end) {
        return path.substring(0, path.length() - end.length()).split("/", -1);
    }
}
