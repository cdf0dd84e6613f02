package school.lectern.auth.scope;

import java.util.regex.Pattern;

/**
 * A permission: an action on a resource, such as {@code read} on {@code learners}.
 *
 * <p>A scope implies no other scope: {@code write} does not imply {@code read}, and {@code read:learn} does not imply
 * {@code read:learners}. A {@link ScopeGrammar} defines which actions and resources exist. This type rejects only values that
 * could not be stored or sent (RFC 6749, section 3.3, the characters of a scope token).
 *
 * @param action the action, for example {@code read} or {@code action_read}
 * @param resource the resource, for example {@code learners}
 */
public record Scope(String action, String resource) implements Comparable<Scope> {

    /** The visible ASCII of RFC 6749's scope-token, without the colon that separates the two halves. */
    private static final Pattern PART = Pattern.compile("[!#-9;-\\[\\]-~]{1,128}");

    /**
     * Creates a scope.
     *
     * @param action from 1 to 128 visible ASCII characters, without colon, quote and backslash
     * @param resource from 1 to 128 visible ASCII characters, without colon, quote and backslash
     * @throws IllegalArgumentException if one of them is empty, too long, or contains a character that is not allowed
     */
    public Scope {
        requirePart(action, "action");
        requirePart(resource, "resource");
    }

    /**
     * {@return the scope that a text represents}
     *
     * @param text a text of the form {@code action:resource}
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Scope of(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("scope must have the form action:resource, was '" + text + "'");
        }
        return new Scope(text.substring(0, colon), text.substring(colon + 1));
    }

    @Override
    public int compareTo(Scope other) {
        int byResource = resource.compareTo(other.resource);
        return byResource != 0 ? byResource : action.compareTo(other.action);
    }

    /** {@return {@code action:resource}, the inverse of {@link #of}} */
    @Override
    public String toString() {
        return action + ':' + resource;
    }

    static void requirePart(String part, String name) {
        if (!PART.matcher(part).matches()) {
            throw new IllegalArgumentException("the " + name + " of a scope must be 1 to 128 visible ASCII"
                    + " characters without colon, quote and backslash, was '" + part + "'");
        }
    }
}
