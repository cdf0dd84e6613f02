package school.lectern.auth.recording;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.token.VerifiedToken;

/**
 * Remembers for an hour which tokens were refused why and from where, so that the first such refusal can be told from those
 * that follow it. Bounded, also for each tenant: a refusal that finds no room is not a first one. Safe for use by many threads.
 */
final class FirstRefusals {

    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private final int maxPerTenant;
    private final int maxTotal;
    private final Map<String, Set<Refusal>> byTenant = new HashMap<>();
    private int total;
    private long hour;

    FirstRefusals(int maxTotal, int maxPerTenant) {
        this.maxTotal = maxTotal;
        this.maxPerTenant = maxPerTenant;
    }

    /** @param network the address without its interface id; null if it is not known */
    private record Refusal(
            String tokenId, Kind kind, @Nullable IpAddress network) {}

    /** Returns whether the token was not refused for the same reason and from the same address before in this hour. */
    synchronized boolean isFirst(VerifiedToken token, Kind kind, @Nullable IpAddress address, Instant now) {
        startHour(now);
        Set<Refusal> known = byTenant.get(token.tenantId());
        if (total >= maxTotal || (known != null && known.size() >= maxPerTenant)) {
            return false;
        }
        if (known == null) {
            known = new HashSet<>();
            byTenant.put(token.tenantId(), known);
        }
        boolean first = known.add(new Refusal(token.id(), kind, address == null ? null : address.withoutInterfaceId()));
        total += first ? 1 : 0;
        return first;
    }

    /** A call that comes a moment late does not go back to the hour before; a clock that was set back does. */
    private void startHour(Instant now) {
        long current = Math.floorDiv(now.toEpochMilli(), HOUR_MILLIS);
        if (current != hour && current != hour - 1) {
            hour = current;
            byTenant.clear();
            total = 0;
        }
    }
}
