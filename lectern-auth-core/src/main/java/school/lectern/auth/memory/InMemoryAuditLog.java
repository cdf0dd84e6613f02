package school.lectern.auth.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.memory.AuditRows.Row;
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

    private final AuditRows rows = new AuditRows();
    private final Map<String, Row> rowById = new HashMap<>();
    private final TenantShares<Row> calls;
    private final TenantShares<Row> changes;
    private final AuthMetrics metrics;

    /** The tenants whose events are no longer recorded. */
    private final Set<String> erased = new HashSet<>();

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
        this.calls = new TenantShares<>(capacity);
        this.changes = new TenantShares<>(capacity);
        this.metrics = metrics;
    }

    /** Never fails, so that no call and no change, such as a revocation, fails because the log is full. */
    @Override
    public synchronized void append(AuditEvent event) {
        if (erased.contains(event.tenantId())) {
            return;
        }
        if (rowById.containsKey(event.id())) {
            return;
        }
        Row row = rows.add(event);
        rowById.put(event.id(), row);
        sharesOf(event).add(event.tenantId(), row).ifPresent(this::drop);
    }

    private TenantShares<Row> sharesOf(AuditEvent event) {
        return event.isCall() ? calls : changes;
    }

    private void drop(Row row) {
        AuditEvent oldest = row.event();
        rowById.remove(oldest.id());
        rows.remove(row);
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
        Row row = rowById.get(completed.id());
        if (row != null) {
            row.replace(completed);
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
                rows.lastPlace(),
                limit,
                event -> tenantId.equals(event.tenantId())
                        && (from == null || !event.at().isBefore(from))
                        && (to == null || event.at().isBefore(to)));
    }

    /** {@return the newest position} Events are stored one at a time, so the log is complete up to the newest event. */
    @Override
    public synchronized String settled() {
        return Long.toString(rows.lastPlace());
    }

    @Override
    public synchronized CursorPage<AuditEvent> readWritten(
            @Nullable String tenantId, String after, String upTo, int limit) {
        return page(after, place(upTo), limit, event -> Objects.equals(tenantId, event.tenantId()));
    }

    private CursorPage<AuditEvent> page(String after, long last, int limit, Predicate<AuditEvent> wanted) {
        long place = place(after);
        List<AuditEvent> page = new ArrayList<>();
        Iterator<Row> later = rows.after(place).iterator();
        while (page.size() < limit && later.hasNext()) {
            Row row = later.next();
            if (row.place() > last) {
                break;
            }
            if (wanted.test(row.event())) {
                page.add(row.event());
                place = row.place();
            }
        }
        return CursorPage.of(page, Long.toString(place));
    }

    private static long place(String position) {
        return position.isEmpty() ? 0 : Long.parseLong(position);
    }

    @Override
    public synchronized Optional<String> tenantAfter(String tenantId) {
        return rows.all()
                .map(row -> row.event().tenantId())
                .filter(Objects::nonNull)
                .filter(id -> id.compareTo(tenantId) > 0)
                .min(String::compareTo);
    }

    @Override
    public synchronized int purge(@Nullable String tenantId, Instant before, int limit) {
        List<Row> old = rows.all()
                .filter(row -> Objects.equals(row.event().tenantId(), tenantId)
                        && row.event().at().isBefore(before))
                .limit(limit)
                .toList();
        for (Row row : old) {
            rowById.remove(row.event().id());
            sharesOf(row.event()).remove(row.event().tenantId(), row);
            rows.remove(row);
        }
        return old.size();
    }
}
