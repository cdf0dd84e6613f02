package school.lectern.auth.spi;

/**
 * The rule for ids of tenants and of users, which come from the application: 1 to 255 characters (Unicode code points), none of
 * them a control character or half of a surrogate pair. Every store preserves such an id completely, and distinguishes it from
 * all others. No token, tenant or change has an id of another form.
 */
public final class Identifier {

    /** The maximum length, in code points. */
    public static final int MAX_LENGTH = 255;

    /** The rule, to be appended to the name of the field in a message. */
    public static final String RULE = "must be 1 to " + MAX_LENGTH + " characters without control characters";

    private Identifier() {}

    /**
     * {@return whether an id follows the rule}
     *
     * @param id the id
     */
    public static boolean isValid(String id) {
        // The number of UTF-16 units comes first: counting the characters of a very long text takes time.
        return !id.isEmpty()
                && id.length() <= 2 * MAX_LENGTH
                && id.codePointCount(0, id.length()) <= MAX_LENGTH
                && id.codePoints().noneMatch(Identifier::isUnstorable);
    }

    private static boolean isUnstorable(int character) {
        return Character.isISOControl(character) || Character.getType(character) == Character.SURROGATE;
    }
}
