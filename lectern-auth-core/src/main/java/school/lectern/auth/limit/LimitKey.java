package school.lectern.auth.limit;

/**
 * Who is counted, and for what.
 *
 * @param subject whose permits they are, for example a token's id; never a secret. At most 300 code points
 * @param policy which of the subject's limits, for example {@code read}. At most 64 code points
 */
public record LimitKey(String subject, String policy) {

    private static final int MAX_SUBJECT = 300;
    private static final int MAX_CLASS = 64;

    /** @throws IllegalArgumentException if one of the two is longer than stores can keep */
    public LimitKey {
        require("subject", subject, MAX_SUBJECT);
        require("policy", policy, MAX_CLASS);
    }

    /** Returns the subject of what is counted for a tenant as a whole. */
    public static String tenant(String tenantId) {
        return "tenant:" + tenantId;
    }

    private static void require(String name, String text, int max) {
        if (text.length() > max && text.codePointCount(0, text.length()) > max) {
            throw new IllegalArgumentException(name + " must be at most " + max + " characters");
        }
    }
}
