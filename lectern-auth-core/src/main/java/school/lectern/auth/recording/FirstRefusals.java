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
 * Stores for an hour which tokens were refused for which reason and from which address, to distinguish the first such refusal
 * from later ones. The size is bounded, in total and for each tenant. A refusal for which there is no room is not a first
 * one. Safe for use by many threads.
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

    /** @param network the address without its interface id; null if it is unknown */
    private record Refusal(
            String tokenId, Kind kind, @Nullable IpAddress network) {}

    /**
     * {@return whether this is the first refusal of the token for this reason and from this address in the hour; false if
     * there is no room to store it}
     */
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

    /**
     * Starts a new hour if needed. A call that arrives a little late does not return to the hour before; a clock that was set
     * back does.
     */
    private void startHour(Instant now) {
        long current = Math.floorDiv(now.toEpochMilli(), HOUR_MILLIS);
        if (current != hour && current != hour - 1) {
            hour = current;
            byTenant.clear();
            total = 0;
        }
    }
}
