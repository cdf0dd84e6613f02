package school.lectern.auth.audit;

import java.time.Duration;

/**
 * Bounds the number of audit rows for refused calls. Each refused call either has a row of its own or is counted in an
 * {@linkplain AuditEvent#aggregate aggregate} of its minute, so the rows and counts together are exact. Immutable; start with
 * {@link #DEFAULT}:
 *
 * <pre>{@code
 * AuditBudget budget = AuditBudget.DEFAULT.rowsPerToken(10).rowsPerClient(10);
 * }</pre>
 *
 * <p>A client is a network that one caller usually has to itself: the /24 of an IPv4 address, or the /64 of an IPv6 address.
 * All numbers apply to each process.
 */
public final class AuditBudget {

    /**
     * The default: 60 rows per minute for each client and each token, at most 10,000 tracked clients and 10,000 tracked
     * tokens, methods and endpoints of at most 256 characters, and a retention of 30 days.
     */
    public static final AuditBudget DEFAULT = new AuditBudget(60, 10_000, 60, 10_000, 256, Duration.ofDays(30));

    private final int rowsPerClient;
    private final int maxClients;
    private final int rowsPerToken;
    private final int maxTokens;
    private final int endpointLength;
    private final Duration retentionWithoutTenant;

    private AuditBudget(
            int rowsPerClient,
            int maxClients,
            int rowsPerToken,
            int maxTokens,
            int endpointLength,
            Duration retentionWithoutTenant) {
        this.rowsPerClient = atLeast(0, "rowsPerClient", rowsPerClient);
        this.maxClients = atLeast(1, "maxClients", maxClients);
        this.rowsPerToken = atLeast(0, "rowsPerToken", rowsPerToken);
        this.maxTokens = atLeast(1, "maxTokens", maxTokens);
        this.endpointLength = atLeast(1, "endpointLength", endpointLength);
        if (retentionWithoutTenant.isNegative() || retentionWithoutTenant.isZero()) {
            throw new IllegalArgumentException(
                    "retentionWithoutTenant must be positive, was " + retentionWithoutTenant);
        }
        this.retentionWithoutTenant = retentionWithoutTenant;
    }

    private static int atLeast(int least, String setting, int value) {
        if (value < least) {
            throw new IllegalArgumentException(setting + " must be at least " + least + ", was " + value);
        }
        return value;
    }

    /**
     * Sets the maximum number of rows per minute for refused calls of one client without a verified token. Default: 60.
     *
     * @param rows at least 0
     * @return a copy with this setting
     * @throws IllegalArgumentException if the number is negative
     */
    public AuditBudget rowsPerClient(int rows) {
        return new AuditBudget(rows, maxClients, rowsPerToken, maxTokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets the maximum number of clients that are tracked at the same time. Default: 10,000. If this many clients are refused
     * within one minute, the refused calls of other clients are counted together until the minute ends. No client loses its
     * budget to another one.
     *
     * @param clients at least 1
     * @return a copy with this setting
     * @throws IllegalArgumentException if the number is less than 1
     */
    public AuditBudget maxClients(int clients) {
        return new AuditBudget(rowsPerClient, clients, rowsPerToken, maxTokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets the maximum number of rows per minute for refused calls of one token whose secret was verified. Default: 60. The
     * first refusal of a token in an hour for the same reason and from the same address has a row even beyond that number.
     *
     * @param rows at least 0
     * @return a copy with this setting
     * @throws IllegalArgumentException if the number is negative
     */
    public AuditBudget rowsPerToken(int rows) {
        return new AuditBudget(rowsPerClient, maxClients, rows, maxTokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets the maximum number of refused tokens that are tracked at the same time. Default: 10,000. If this many tokens are
     * refused within one minute, the refused calls of other tokens are counted together, for each tenant if possible.
     *
     * @param tokens at least 1
     * @return a copy with this setting
     * @throws IllegalArgumentException if the number is less than 1
     */
    public AuditBudget maxTokens(int tokens) {
        return new AuditBudget(rowsPerClient, maxClients, rowsPerToken, tokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets the maximum length of the method and of the endpoint of a caller without a verified token. Longer texts are cut.
     * Default: 256.
     *
     * @param length a number of UTF-16 units, at least 1
     * @return a copy with this setting
     * @throws IllegalArgumentException if the length is less than 1
     */
    public AuditBudget endpointLength(int length) {
        return new AuditBudget(rowsPerClient, maxClients, rowsPerToken, maxTokens, length, retentionWithoutTenant);
    }

    /**
     * Sets how long rows without a tenant are retained. Default: 30 days. If the dialect's {@link Retention} has a shorter
     * time for any tenant, that time applies.
     *
     * @param time a positive time
     * @return a copy with this setting
     * @throws IllegalArgumentException if the time is not positive
     */
    public AuditBudget retentionWithoutTenant(Duration time) {
        return new AuditBudget(rowsPerClient, maxClients, rowsPerToken, maxTokens, endpointLength, time);
    }

    /** {@return the maximum number of rows per minute for refused calls of one client without a verified token} */
    public int rowsPerClient() {
        return rowsPerClient;
    }

    /** {@return the maximum number of clients that are tracked at the same time} */
    public int maxClients() {
        return maxClients;
    }

    /** {@return the maximum number of rows per minute for refused calls of one token} */
    public int rowsPerToken() {
        return rowsPerToken;
    }

    /** {@return the maximum number of refused tokens that are tracked at the same time} */
    public int maxTokens() {
        return maxTokens;
    }

    /** {@return the maximum length of the method and of the endpoint of a caller without a verified token, in UTF-16 units} */
    public int endpointLength() {
        return endpointLength;
    }

    /** {@return the time after which rows without a tenant are deleted} */
    public Duration retentionWithoutTenant() {
        return retentionWithoutTenant;
    }
}
