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
import school.lectern.auth.spi.CursorPage;

/**
 * An audit log for one process, for tests and for applications that keep none. Bounded: holds a number of calls, and apart from
 * them as many changes to tokens, so that calls never take the room of changes. It refuses nothing. When there is no room, the
 * oldest event of the tenant that has the most gives way, and is counted as {@linkplain #dropped dropped}: so a tenant that
 * makes many calls removes rows of its own, and callers that proved no token, who count as one tenant, remove theirs.
 */
public final class InMemoryAuditLog implements AuditLog {

    private static final int DEFAULT_CAPACITY = 100_000;

    private final TreeMap<Long, AuditEvent> events = new TreeMap<>();
    private final Map<String, Long> placeById = new HashMap<>();
    private final TenantShares calls;
    private final TenantShares changes;

    /** Tenants of which nothing is kept any more. */
    private final Set<String> erased = new HashSet<>();

    private long lastPlace;
    private long dropped;

    /** Creates a log of 100,000 calls and as many changes. */
    public InMemoryAuditLog() {
        this(DEFAULT_CAPACITY);
    }

    /**
     * Creates a log of that many calls, and as many changes.
     *
     * @throws IllegalArgumentException if the capacity is less than one
     */
    public InMemoryAuditLog(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: at least 1, not " + capacity);
        }
        this.calls = new TenantShares(capacity);
        this.changes = new TenantShares(capacity);
    }

    /** Never fails, so that no call and no change, such as a revocation, fails for want of room. */
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
    }

    synchronized void appendAll(List<AuditEvent> together) {
        together.forEach(this::append);
    }

    /** From now on, events of the tenant are dropped. */
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
    public synchronized void complete(AuditEvent event, int status) {
        Long place = placeById.get(event.id());
        if (place != null) {
            events.put(place, event.withStatus(status));
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

    /** Events are stored one after the other, each at once, so that the log is complete up to the newest. */
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
