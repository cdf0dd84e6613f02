package school.lectern.auth.spi;

import java.time.Instant;
import java.util.Collection;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/**
 * A check of one maximum of {@link LiveTokenLimits}, for a change of one line of tokens. The store counts the live tokens of
 * the tenant, or those that the creator has in it, before the change and while no other change can add one.
 *
 * @param tenantId the tenant whose tokens count
 * @param createdBy the creator whose tokens count; null for all tokens of the tenant
 * @param lineId the {@linkplain StoredToken#lineId line} that the change belongs to
 * @param at the time at which tokens count as live
 * @param more the number of live tokens that the change adds to the line; at least 1
 * @param max the maximum
 */
public record LiveTokenCheck(
        String tenantId, @Nullable String createdBy, String lineId, Instant at, long more, long max) {

    /**
     * {@return whether the check counts a row}
     *
     * @param row a stored row
     */
    public boolean counts(StoredToken row) {
        return row.tenantId().equals(tenantId)
                && (createdBy == null || createdBy.equals(row.createdBy()))
                && row.isActive(at);
    }

    /**
     * {@return whether the change may be made}
     *
     * @param live all rows that this check {@linkplain #counts counts}
     */
    public boolean passes(Collection<StoredToken> live) {
        var lines = live.stream()
                .map(StoredToken::lineId)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        long counted = lines.values().stream().mapToLong(LiveTokenCheck::count).sum();
        return passes(counted, lines.getOrDefault(lineId, 0L));
    }

    /**
     * {@return whether the change may be made} For stores that count without reading the rows. A change that does not raise the
     * number may be made even if the number exceeds the maximum, as it does after the maximum was lowered.
     *
     * @param counted the sum of {@link #count} over all lines
     * @param ofLine the number of live tokens that the {@link #lineId line} has
     */
    public boolean passes(long counted, long ofLine) {
        long added = count(ofLine + more) - count(ofLine);
        return added == 0 || counted + added <= max;
    }

    /**
     * {@return how much a line counts: two live tokens count as one, since a rotation has two; each further one counts}
     *
     * @param live the number of live tokens of the line
     */
    public static long count(long live) {
        return live > 1 ? live - 1 : live;
    }
}
