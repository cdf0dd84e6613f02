package school.lectern.auth.limit;

/**
 * The key of a counter: the subject whose requests are counted, and the policy.
 *
 * @param subject the owner of the permits, for example a token's id; never a secret. At most 300 code points
 * @param policy the policy whose limit applies, for example {@code read}. At most 64 code points
 */
public record LimitKey(String subject, String policy) {

    private static final int MAX_SUBJECT = 300;
    private static final int MAX_CLASS = 64;

    /**
     * Creates a key.
     *
     * @param subject the owner of the permits; at most 300 code points
     * @param policy the policy whose limit applies; at most 64 code points
     * @throws IllegalArgumentException if one of them is too long for the stores
     */
    public LimitKey {
        require("subject", subject, MAX_SUBJECT);
        require("policy", policy, MAX_CLASS);
    }

    /**
     * {@return the subject of counters for a tenant as a whole}
     *
     * @param tenantId the tenant's id
     */
    public static String tenant(String tenantId) {
        return "tenant:" + tenantId;
    }

    private static void require(String name, String text, int max) {
        if (text.length() > max && text.codePointCount(0, text.length()) > max) {
            throw new IllegalArgumentException(name + " must be at most " + max + " characters");
        }
    }
}
