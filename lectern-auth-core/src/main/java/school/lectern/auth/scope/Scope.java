package school.lectern.auth.scope;

import java.util.regex.Pattern;

/**
 * One permission: an action on a resource, such as {@code read} on {@code learners}.
 *
 * <p>A scope says what it says and nothing wider: {@code write} does not imply {@code read}, and {@code read:learn} is
 * not {@code read:learners}. Which actions and resources exist is the business of a {@link ScopeGrammar}; this type
 * only keeps out what could not be stored or sent (RFC 6749, section 3.3, the characters of a scope token).
 *
 * @param action what is done, for example {@code read} or {@code action_read}
 * @param resource what it is done to, for example {@code learners}
 */
public record Scope(String action, String resource) implements Comparable<Scope> {

    /** The visible ASCII of RFC 6749's scope-token, less the colon that parts the two halves. */
    private static final Pattern PART = Pattern.compile("[!#-9;-\\[\\]-~]{1,128}");

    /** @throws IllegalArgumentException if a half is empty, longer than 128, or holds a character that no scope may */
    public Scope {
        requirePart(action, "action");
        requirePart(resource, "resource");
    }

    /**
     * The scope that is written {@code action:resource}.
     *
     * @throws IllegalArgumentException if the text is not of that form
     */
    public static Scope of(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("a scope is written action:resource");
        }
        return new Scope(text.substring(0, colon), text.substring(colon + 1));
    }

    @Override
    public int compareTo(Scope other) {
        int byResource = resource.compareTo(other.resource);
        return byResource != 0 ? byResource : action.compareTo(other.action);
    }

    /** {@code action:resource}, the inverse of {@link #of}. */
    @Override
    public String toString() {
        return action + ':' + resource;
    }

    static void requirePart(String part, String name) {
        if (!PART.matcher(part).matches()) {
            throw new IllegalArgumentException("the " + name + " of a scope is 1 to 128 visible ASCII characters,"
                    + " without colon, quote or backslash");
        }
    }
}
