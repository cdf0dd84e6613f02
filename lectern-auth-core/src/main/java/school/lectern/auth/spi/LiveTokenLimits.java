package school.lectern.auth.spi;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/**
 * The maximum numbers of live tokens. A token is live if it is {@linkplain StoredToken#isActive active}: neither revoked nor
 * expired by its stored fields. A disabled token is live, because it can be enabled again. During a rotation, the two live
 * tokens of a line count as one; each further one counts.
 *
 * @param perTenant the maximum for each tenant; null for no maximum
 * @param perCreator the maximum for each creator within a tenant; null for no maximum. Tokens without a creator count for their
 *     tenant alone
 */
public record LiveTokenLimits(
        @Nullable Integer perTenant, @Nullable Integer perCreator) {

    /** No maximum. */
    public static final LiveTokenLimits NONE = new LiveTokenLimits(null, null);

    /**
     * Creates limits.
     *
     * @param perTenant the maximum for each tenant, at least 1; null for no maximum
     * @param perCreator the maximum for each creator within a tenant, at least 1; null for no maximum
     * @throws IllegalArgumentException if a maximum is less than 1
     */
    public LiveTokenLimits {
        requirePositive("perTenant", perTenant);
        requirePositive("perCreator", perCreator);
    }

    private static void requirePositive(String name, @Nullable Integer max) {
        if (max != null && max < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, was " + max);
        }
    }

    /** {@return whether there is no maximum} */
    public boolean isEmpty() {
        return perTenant == null && perCreator == null;
    }

    /**
     * {@return the checks that a store makes before it writes rows of one line: all of them must be passed}
     *
     * @param at the time at which tokens count as live
     * @param replaced the rows as they are stored, which the change replaces; empty for a new token
     * @param written the rows as they will be stored, at least one; the last one determines the creator
     */
    public List<LiveTokenCheck> checks(Instant at, List<StoredToken> replaced, List<StoredToken> written) {
        List<LiveTokenCheck> checks = new ArrayList<>(2);
        StoredToken token = written.get(written.size() - 1);
        if (perTenant != null) {
            long more = live(at, written, null) - live(at, replaced, null);
            checks.add(new LiveTokenCheck(token.tenantId(), null, token.lineId(), at, more, perTenant));
        }
        String creator = token.createdBy();
        if (perCreator != null && creator != null) {
            long more = live(at, written, creator) - live(at, replaced, creator);
            checks.add(new LiveTokenCheck(token.tenantId(), creator, token.lineId(), at, more, perCreator));
        }
        // Most changes of stored tokens add none, and then nothing has to be counted.
        checks.removeIf(check -> check.more() <= 0);
        return checks;
    }

    private static long live(Instant at, List<StoredToken> rows, @Nullable String creator) {
        return rows.stream()
                .filter(row -> creator == null || Objects.equals(creator, row.createdBy()))
                .filter(row -> row.isActive(at))
                .count();
    }
}
