package school.lectern.auth.scope;

import java.util.regex.Pattern;

/**
 * A permission: a name such as {@code repo}, {@code read_api} or {@code read:learners}.
 *
 * <p>The name alone implies no other scope: {@code write:learners} does not imply {@code read:learners}, and {@code read:learn}
 * does not imply {@code read:learners}. A {@link ScopeGrammar} defines which names exist and which name implies which. This
 * type rejects only names that could not be stored or sent (RFC 6749, section 3.3, the characters of a scope token).
 *
 * <p>Some grammars divide the name at its first colon into an action and a resource. Scopes are ordered by resource and then by
 * action.
 *
 * @param name the name, for example {@code read:learners}
 */
public record Scope(String name) implements Comparable<Scope> {

    /** Two halves of 128 characters and a colon: the longest scope that earlier versions stored. */
    private static final int MAX_LENGTH = 257;

    /** The visible ASCII of RFC 6749's scope-token. In the text of a set, a colon at the start has another meaning. */
    private static final Pattern NAME = Pattern.compile("(?!:)[!#-\\[\\]-~]{1," + MAX_LENGTH + "}(?<!:)");

    private static final Pattern HALF = Pattern.compile("[!#-9;-\\[\\]-~]{1,128}");

    /**
     * Creates a scope.
     *
     * @param name from 1 to 257 visible ASCII characters without quote and backslash, and without a colon at the start or end
     * @throws IllegalArgumentException if the name is empty, too long, or contains a character that is not allowed
     */
    public Scope {
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "a scope must be 1 to " + MAX_LENGTH + " visible ASCII characters without"
                            + " quote and backslash, and without a colon at its start or end, was '" + name + "'");
        }
    }

    /**
     * {@return the scope with a name}
     *
     * @param name the name, for example {@code repo} or {@code read:learners}
     * @throws IllegalArgumentException if the text cannot be the name of a scope
     */
    public static Scope of(String name) {
        return new Scope(name);
    }

    static Scope of(String action, String resource) {
        requireHalf(action, "action");
        requireHalf(resource, "resource");
        return new Scope(action + ':' + resource);
    }

    static void requireHalf(String half, String what) {
        if (!HALF.matcher(half).matches()) {
            throw new IllegalArgumentException("the " + what + " of a scope must be 1 to 128 visible ASCII"
                    + " characters without colon, quote and backslash, was '" + half + "'");
        }
    }

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** {@return the part of the name before its first colon; empty if it has no colon} */
    public String action() {
        return name.substring(0, Math.max(0, name.indexOf(':')));
    }

    /** {@return the part of the name after its first colon; the whole name if it has no colon} */
    public String resource() {
        return name.substring(name.indexOf(':') + 1);
    }

    boolean hasAction() {
        return name.indexOf(':') > 0;
    }

    @Override
    public int compareTo(Scope other) {
        return compareWords(name, other.name);
    }

    /**
     * Compares two words of the text of a set: by the part after the first colon, and then by the part before it. Allocates
     * nothing, because a large set is searched in this order for each request.
     */
    static int compareWords(String one, String two) {
        int first = one.indexOf(':');
        int second = two.indexOf(':');
        int byResource = compare(one, first + 1, one.length(), two, second + 1, two.length());
        int byAction = byResource != 0 ? byResource : compare(one, 0, Math.max(0, first), two, 0, Math.max(0, second));
        return byAction != 0 ? byAction : Integer.compare(first, second);
    }

    private static int compare(String one, int oneFrom, int oneTo, String two, int twoFrom, int twoTo) {
        int common = Math.min(oneTo - oneFrom, twoTo - twoFrom);
        for (int i = 0; i < common; i++) {
            int difference = one.charAt(oneFrom + i) - two.charAt(twoFrom + i);
            if (difference != 0) {
                return difference;
            }
        }
        return (oneTo - oneFrom) - (twoTo - twoFrom);
    }

    /** {@return the name, the inverse of {@link #of}} */
    @Override
    public String toString() {
        return name;
    }
}
