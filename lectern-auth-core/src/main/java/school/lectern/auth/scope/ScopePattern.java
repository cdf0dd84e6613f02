package school.lectern.auth.scope;

/** The meaning of a {@code *} as the last segment of a scope, where segments are separated by colons. */
final class ScopePattern {

    private static final String EVERYTHING = "*";

    private ScopePattern() {}

    static boolean isEverything(Scope scope) {
        return scope.name().equals(EVERYTHING);
    }

    /** Returns whether the scope is a prefix and {@code *} as the last segment, such as {@code admin:*}, or {@code *} alone. */
    static boolean is(Scope scope) {
        String name = scope.name();
        return name.endsWith(":*") ? name.indexOf('*') == name.length() - 1 : name.equals(EVERYTHING);
    }

    /** Returns whether a scope that {@link #is} a pattern covers the other scope, which may be a pattern too. */
    static boolean covers(Scope pattern, Scope other) {
        int prefix = pattern.name().length() - 1;
        return other.name().length() > prefix && other.name().regionMatches(0, pattern.name(), 0, prefix);
    }
}
