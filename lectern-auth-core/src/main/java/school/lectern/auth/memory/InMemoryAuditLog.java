package school.lectern.auth.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.StorageException;

/**
 * An audit log for one process, for tests and for applications that keep none. Holds so many events. What is offered gets
 * half of the room, and is counted when it is dropped; what is appended gets all of it, and is refused when it is full.
 */
public final class InMemoryAuditLog implements AuditLog {

    private static final int DEFAULT_CAPACITY = 100_000;

    private final int capacity;
    private final TreeMap<Long, AuditEvent> events = new TreeMap<>();
    private final Map<String, Long> placeById = new HashMap<>();
    private long lastPlace;
    private long dropped;

    /** A log of 100,000 events. */
    public InMemoryAuditLog() {
        this(DEFAULT_CAPACITY);
    }

    /**
     * A log of so many events.
     *
     * @throws IllegalArgumentException if that is less than one
     */
    public InMemoryAuditLog(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: at least 1, not " + capacity);
        }
        this.capacity = capacity;
    }

    @Override
    public void append(AuditEvent event) {
        appendAll(List.of(event));
    }

    /** Keeps all of these events or none. */
    synchronized void appendAll(List<AuditEvent> together) {
        List<AuditEvent> fresh = together.stream()
                .filter(event -> !placeById.containsKey(event.id()))
                .toList();
        if (events.size() + fresh.size() > capacity) {
            throw StorageException.changedNothing("the audit log in memory is full: " + capacity + " events", null);
        }
        for (AuditEvent event : fresh) {
            lastPlace++;
            events.put(lastPlace, event);
            placeById.put(event.id(), lastPlace);
        }
    }

    @Override
    public synchronized void offer(AuditEvent event) {
        if (events.size() >= (capacity + 1) / 2) {
            dropped++;
        } else {
            append(event);
        }
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
    public synchronized Page read(
            String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
        long place = after.isEmpty() ? 0 : Long.parseLong(after);
        List<AuditEvent> page = new ArrayList<>();
        for (Map.Entry<Long, AuditEvent> entry : events.tailMap(place, false).entrySet()) {
            if (page.size() == limit) {
                break;
            }
            AuditEvent event = entry.getValue();
            boolean wanted = tenantId.equals(event.tenantId())
                    && (from == null || !event.at().isBefore(from))
                    && (to == null || event.at().isBefore(to));
            if (wanted) {
                page.add(event);
                place = entry.getKey();
            }
        }
        return new Page(page, Long.toString(place));
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
            Long place = placeById.remove(event.id());
            if (place != null) {
                events.remove(place);
            }
        }
        return old.size();
    }
}
