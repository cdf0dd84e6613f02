package school.lectern.auth.audit;

import java.time.Duration;

/**
 * How much of the audit log refused calls may take. Every refused call is either a row of its own or counted in an
 * {@linkplain AuditEvent#aggregate aggregate} of its minute, so that rows and counts together are exact. Immutable; start with
 * {@link #DEFAULT}:
 *
 * <pre>{@code
 * AuditBudget budget = AuditBudget.DEFAULT.rowsPerToken(10).rowsPerClient(10);
 * }</pre>
 *
 * <p>A client is a network that one caller commonly has to itself: the /24 of an IPv4 address, the /64 of an IPv6 address.
 * The numbers are for each process.
 */
public final class AuditBudget {

    /**
     * 60 rows a minute for each client and each token, 10,000 of each tracked, methods and endpoints of 256 characters, and 30
     * days.
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
     * Sets how many refused calls a minute of one client that proved no token get a row of their own; 60 unless set.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public AuditBudget rowsPerClient(int rows) {
        return new AuditBudget(rows, maxClients, rowsPerToken, maxTokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets how many clients are tracked at a time; 10,000 unless set. When as many have been refused within one minute, the
     * refused calls of others are counted together until the minute ends. No client loses its budget to another one.
     *
     * @throws IllegalArgumentException if the number is less than 1
     */
    public AuditBudget maxClients(int clients) {
        return new AuditBudget(rowsPerClient, clients, rowsPerToken, maxTokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets how many refused calls a minute of one token, whose secret was proven, get a row of their own; 60 unless set. The first
     * refusal of a token in an hour for the same reason and from the same address has a row also beyond that.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public AuditBudget rowsPerToken(int rows) {
        return new AuditBudget(rowsPerClient, maxClients, rows, maxTokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets how many refused tokens are tracked at a time; 10,000 unless set. When as many have been refused within one minute,
     * the refused calls of others are counted together, for each tenant where possible.
     *
     * @throws IllegalArgumentException if the number is less than 1
     */
    public AuditBudget maxTokens(int tokens) {
        return new AuditBudget(rowsPerClient, maxClients, rowsPerToken, tokens, endpointLength, retentionWithoutTenant);
    }

    /**
     * Sets the length, in UTF-16 units, after which the method and the endpoint of a caller that proved no token are cut; 256
     * unless set.
     *
     * @throws IllegalArgumentException if the length is less than 1
     */
    public AuditBudget endpointLength(int length) {
        return new AuditBudget(rowsPerClient, maxClients, rowsPerToken, maxTokens, length, retentionWithoutTenant);
    }

    /**
     * Sets after which time rows without a tenant are deleted; 30 days unless set. A dialect's {@link Retention} that has
     * a shorter time for any tenant goes before.
     *
     * @throws IllegalArgumentException if the time is not positive
     */
    public AuditBudget retentionWithoutTenant(Duration time) {
        return new AuditBudget(rowsPerClient, maxClients, rowsPerToken, maxTokens, endpointLength, time);
    }

    /** Returns the largest number of rows a minute for refused calls of one client that proved no token. */
    public int rowsPerClient() {
        return rowsPerClient;
    }

    /** Returns the largest number of clients that are tracked at a time. */
    public int maxClients() {
        return maxClients;
    }

    /** Returns the largest number of rows a minute for refused calls of one token. */
    public int rowsPerToken() {
        return rowsPerToken;
    }

    /** Returns the largest number of refused tokens that are tracked at a time. */
    public int maxTokens() {
        return maxTokens;
    }

    /** Returns the largest length of a method or an endpoint of a caller that proved no token, in UTF-16 units. */
    public int endpointLength() {
        return endpointLength;
    }

    /** Returns the time after which rows without a tenant are deleted. */
    public Duration retentionWithoutTenant() {
        return retentionWithoutTenant;
    }
}
