package school.lectern.auth.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.CursorPage;

/**
 * An audit log in memory for one process, for tests and for applications that need no permanent log. Bounded: it retains a
 * limited number of calls and, separately, the same number of changes to tokens, so that calls never displace changes. It
 * rejects nothing. When there is no room, the oldest event of the tenant with the most events is removed and counted as
 * {@linkplain #dropped dropped}. So a tenant that makes many calls displaces its own events, and calls without a verified
 * token, which count as one tenant, displace each other.
 */
public final class InMemoryAuditLog implements AuditLog {

    static final int DEFAULT_CAPACITY = 100_000;

    private final TreeMap<Long, AuditEvent> events = new TreeMap<>();
    private final Map<String, Long> placeById = new HashMap<>();
    private final TenantShares calls;
    private final TenantShares changes;
    private final AuthMetrics metrics;

    /** The tenants whose events are no longer recorded. */
    private final Set<String> erased = new HashSet<>();

    private long lastPlace;
    private long dropped;

    /** Creates a log with room for 100,000 calls and 100,000 changes. */
    public InMemoryAuditLog() {
        this(DEFAULT_CAPACITY, AuthMetrics.NONE);
    }

    /**
     * Creates a log with the given capacity.
     *
     * @param capacity the maximum number of calls, and also the maximum number of changes; at least 1
     * @throws IllegalArgumentException if the capacity is less than 1
     */
    public InMemoryAuditLog(int capacity) {
        this(capacity, AuthMetrics.NONE);
    }

    InMemoryAuditLog(int capacity, AuthMetrics metrics) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
        }
        this.calls = new TenantShares(capacity);
        this.changes = new TenantShares(capacity);
        this.metrics = metrics;
    }

    /** Never fails, so that no call and no change, such as a revocation, fails because the log is full. */
    @Override
    public synchronized void append(AuditEvent event) {
        if (placeById.containsKey(event.id()) || erased.contains(event.tenantId())) {
            return;
        }
        lastPlace++;
        events.put(lastPlace, event);
        placeById.put(event.id(), lastPlace);
        sharesOf(event).add(event.tenantId(), lastPlace).ifPresent(this::drop);
    }

    private TenantShares sharesOf(AuditEvent event) {
        return event.isCall() ? calls : changes;
    }

    private void drop(long place) {
        AuditEvent oldest = Objects.requireNonNull(events.remove(place));
        placeById.remove(oldest.id());
        dropped += oldest.count();
        metrics.auditDropped(oldest.count());
    }

    synchronized void appendAll(List<AuditEvent> together) {
        together.forEach(this::append);
    }

    /** Drops all later events of the tenant. */
    synchronized void erase(String tenantId) {
        erased.add(tenantId);
    }

    synchronized boolean isErased(String tenantId) {
        return erased.contains(tenantId);
    }

    @Override
    public void offer(AuditEvent event) {
        append(event);
    }

    @Override
    public synchronized void complete(AuditEvent completed) {
        Long place = placeById.get(completed.id());
        if (place != null) {
            events.put(place, completed);
        }
    }

    @Override
    public synchronized long dropped() {
        return dropped;
    }

    @Override
    public synchronized CursorPage<AuditEvent> read(
            String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
        return page(
                after,
                lastPlace,
                limit,
                event -> tenantId.equals(event.tenantId())
                        && (from == null || !event.at().isBefore(from))
                        && (to == null || event.at().isBefore(to)));
    }

    /** {@return the newest position} Events are stored one at a time, so the log is complete up to the newest event. */
    @Override
    public synchronized String settled() {
        return Long.toString(lastPlace);
    }

    @Override
    public synchronized CursorPage<AuditEvent> readWritten(
            @Nullable String tenantId, String after, String upTo, int limit) {
        return page(after, place(upTo), limit, event -> Objects.equals(tenantId, event.tenantId()));
    }

    private CursorPage<AuditEvent> page(String after, long last, int limit, Predicate<AuditEvent> wanted) {
        long place = place(after);
        List<AuditEvent> page = new ArrayList<>();
        for (Map.Entry<Long, AuditEvent> entry : events.tailMap(place, false).entrySet()) {
            if (page.size() == limit || entry.getKey() > last) {
                break;
            }
            if (wanted.test(entry.getValue())) {
                page.add(entry.getValue());
                place = entry.getKey();
            }
        }
        return CursorPage.of(page, Long.toString(place));
    }

    private static long place(String position) {
        return position.isEmpty() ? 0 : Long.parseLong(position);
    }

    @Override
    public synchronized Optional<String> tenantAfter(String tenantId) {
        return events.values().stream()
                .map(AuditEvent::tenantId)
                .filter(Objects::nonNull)
                .filter(id -> id.compareTo(tenantId) > 0)
                .min(String::compareTo);
    }

    @Override
    public synchronized int purge(@Nullable String tenantId, Instant before, int limit) {
        List<AuditEvent> old = events.values().stream()
                .filter(event ->
                        Objects.equals(event.tenantId(), tenantId) && event.at().isBefore(before))
                .limit(limit)
                .toList();
        for (AuditEvent event : old) {
            long place = Objects.requireNonNull(placeById.remove(event.id()));
            events.remove(place);
            sharesOf(event).remove(event.tenantId(), place);
        }
        return old.size();
    }
}
