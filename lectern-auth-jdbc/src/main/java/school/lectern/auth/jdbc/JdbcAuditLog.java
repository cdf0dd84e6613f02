package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.StorageException;

/**
 * The audit log in a table. One thread writes: whatever came while it committed goes into its next transaction, so that
 * many callers share one commit. Callers of {@link #append} wait for theirs; what was offered waits in a buffer of its own,
 * of which rows without a tenant, which any stranger can cause, never take more than half.
 */
final class JdbcAuditLog implements AuditLog, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(JdbcAuditLog.class);

    private static final int MAX_WAITING = 10_000;
    private static final int MAX_OFFERED = 10_000;
    private static final int MAX_BATCH = 500;
    private static final long APPEND_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 10_000;

    private final Database database;
    private final Object lock = new Object();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<Offered> offered = new ArrayDeque<>();
    private final Thread writer;
    private long dropped;
    private boolean closed;

    JdbcAuditLog(Database database) {
        this.database = database;
        this.writer = new Thread(this::writeUntilClosed, "lectern-auth-audit");
        writer.setDaemon(true);
        writer.start();
    }

    /** A row that somebody waits for. */
    private record Waiting(AuditEvent event, CompletableFuture<Boolean> written) {}

    /** A row that nobody waits for, or the status of one that is there. */
    private record Offered(AuditEvent event, boolean isStatus) {}

    @Override
    public void append(AuditEvent event) {
        Waiting row = new Waiting(event, new CompletableFuture<>());
        synchronized (lock) {
            if (closed || waiting.size() >= MAX_WAITING) {
                throw new StorageException(
                        closed ? "the audit log is closed" : "too many callers wait for the audit log");
            }
            waiting.add(row);
            lock.notifyAll();
        }
        try {
            row.written().get(APPEND_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new StorageException("the audit row could not be written", failed);
        } catch (TimeoutException late) {
            synchronized (lock) {
                waiting.remove(row);
            }
            throw new StorageException("the audit row was not written within " + APPEND_MILLIS + " ms", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while the audit row was written", interrupted);
        }
    }

    @Override
    public void offer(AuditEvent event) {
        offer(new Offered(event, false), event.tenantId() == null ? MAX_OFFERED / 2 : MAX_OFFERED);
    }

    @Override
    public void complete(AuditEvent event, int status) {
        offer(new Offered(event.withStatus(status), true), MAX_OFFERED);
    }

    private void offer(Offered row, int room) {
        synchronized (lock) {
            if (closed || offered.size() >= room) {
                dropped++;
            } else {
                offered.add(row);
                lock.notifyAll();
            }
        }
    }

    @Override
    public long dropped() {
        synchronized (lock) {
            return dropped;
        }
    }

    /** Ordered by the whole of the index, so that a page costs what it holds, however many rows there are. */
    @Override
    public Page read(String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
        Place place = Place.parse(after);
        List<Place> places = new ArrayList<>();
        List<AuditEvent> events = database.query(
                "reading the audit log",
                database.sql(
                        "SELECT id, " + AuditRow.COLUMNS + " FROM ${p}audit WHERE tenant_id = ?"
                                + " AND at >= ? AND at < ? AND (at > ? OR (at = ? AND id > ?)) ORDER BY tenant_id, at, id LIMIT ?"),
                statement -> {
                    statement.setString(1, tenantId);
                    // The place is a bound, too: said here, an index goes straight to where the page begins.
                    statement.setLong(2, Math.max(place.at(), from == null ? Long.MIN_VALUE : nextMilli(from)));
                    statement.setLong(3, to == null ? Long.MAX_VALUE : nextMilli(to));
                    statement.setLong(4, place.at());
                    statement.setLong(5, place.at());
                    statement.setLong(6, place.id());
                    statement.setInt(7, limit);
                },
                row -> {
                    places.add(Place.of(row));
                    return AuditRow.read(row);
                });
        return new Page(
                events, places.isEmpty() ? after : places.get(places.size() - 1).toString());
    }

    @Override
    public Optional<String> tenantAfter(String tenantId) {
        return database
                .query(
                        "looking for tenants in the audit log",
                        database.sql("SELECT tenant_id FROM ${p}audit WHERE tenant_id > ?"
                                + " ORDER BY tenant_id, at, id LIMIT 1"),
                        statement -> statement.setString(1, tenantId),
                        row -> row.getString(1))
                .stream()
                .findFirst();
    }

    @Override
    public int purge(@Nullable String tenantId, Instant before, int limit) {
        return database.transaction("purging the audit log", connection -> {
            List<Long> old = Database.query(
                    connection,
                    database.sql("SELECT id FROM ${p}audit WHERE tenant_id " + (tenantId == null ? "IS NULL" : "= ?")
                            + " AND at < ? ORDER BY tenant_id, at, id LIMIT ?"),
                    statement -> {
                        int next = 1;
                        if (tenantId != null) {
                            statement.setString(next++, tenantId);
                        }
                        statement.setLong(next++, nextMilli(before));
                        statement.setInt(next, limit);
                    },
                    row -> row.getLong(1));
            try (PreparedStatement statement =
                    connection.prepareStatement(database.sql("DELETE FROM ${p}audit WHERE id = ?"))) {
                for (long id : old) {
                    statement.setLong(1, id);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            return old.size();
        });
    }

    /** Rows are kept to the millisecond: a bound between two of them is the later one. */
    private static long nextMilli(Instant bound) {
        return bound.plusNanos(999_999).toEpochMilli();
    }

    /** Where a page ends: rows are in the order of their time, and then of their number. */
    private record Place(long at, long id) {
        static Place of(ResultSet row) throws SQLException {
            return new Place(row.getLong("at"), row.getLong("id"));
        }

        static Place parse(String text) {
            int dot = text.indexOf('.');
            return dot < 0
                    ? new Place(Long.MIN_VALUE, 0)
                    : new Place(Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
        }

        @Override
        public String toString() {
            return at + "." + id;
        }
    }

    private void writeUntilClosed() {
        while (true) {
            List<Waiting> durable = new ArrayList<>();
            List<Offered> buffered = new ArrayList<>();
            synchronized (lock) {
                while (waiting.isEmpty() && offered.isEmpty() && !closed) {
                    try {
                        lock.wait();
                    } catch (InterruptedException onlyCloseEndsThis) {
                        closed = true;
                    }
                }
                if (waiting.isEmpty() && offered.isEmpty()) {
                    return;
                }
                move(waiting, durable);
                move(offered, buffered);
            }
            write(durable, buffered);
        }
    }

    private static <T> void move(Deque<T> from, List<T> to) {
        while (!from.isEmpty() && to.size() < MAX_BATCH) {
            to.add(from.remove());
        }
    }

    private void write(List<Waiting> durable, List<Offered> buffered) {
        List<AuditEvent> offeredRows = buffered.stream()
                .filter(row -> !row.isStatus())
                .map(Offered::event)
                .toList();
        List<AuditEvent> rows =
                new ArrayList<>(durable.stream().map(Waiting::event).toList());
        rows.addAll(offeredRows);
        List<AuditEvent> statuses =
                buffered.stream().filter(Offered::isStatus).map(Offered::event).toList();
        try {
            store(rows, statuses);
            durable.forEach(row -> row.written().complete(true));
        } catch (StorageException failed) {
            if (Database.isDuplicate(failed) || Database.isUnfit(failed)) {
                writeEach(durable, offeredRows, statuses);
            } else {
                giveUp(durable, buffered.size(), failed);
            }
        } catch (Throwable failed) {
            giveUp(durable, buffered.size(), failed);
        }
    }

    /** One row of a batch is there already, or does not fit: none of the others is lost for it. */
    private void writeEach(List<Waiting> durable, List<AuditEvent> offeredRows, List<AuditEvent> statuses) {
        for (Waiting row : durable) {
            try {
                writeOnce(row.event());
                row.written().complete(true);
            } catch (Throwable failed) {
                giveUp(List.of(row), 0, failed);
            }
        }
        for (AuditEvent row : offeredRows) {
            try {
                writeOnce(row);
            } catch (Throwable failed) {
                giveUp(List.of(), 1, failed);
            }
        }
        try {
            store(List.of(), statuses);
        } catch (Throwable failed) {
            giveUp(List.of(), statuses.size(), failed);
        }
    }

    private void giveUp(List<Waiting> durable, int buffered, Throwable failed) {
        log.error(
                "{} audit rows could not be written: {} callers are refused, {} rows are dropped",
                durable.size() + buffered,
                durable.size(),
                buffered,
                failed);
        synchronized (lock) {
            dropped += buffered;
        }
        durable.forEach(row -> row.written().completeExceptionally(failed));
    }

    private void store(List<AuditEvent> rows, List<AuditEvent> statuses) {
        database.transaction("writing the audit log", connection -> {
            AuditRow.insert(connection, database, rows);
            setStatuses(connection, statuses);
            return rows.size();
        });
    }

    /** Writes a row unless it is there: its key is unique, so a row whose commit was unclear is never doubled. */
    private void writeOnce(AuditEvent row) {
        try {
            store(List.of(row), List.of());
        } catch (StorageException failed) {
            if (!Database.isDuplicate(failed)) {
                throw failed;
            }
        }
    }

    private void setStatuses(Connection connection, List<AuditEvent> statuses) throws SQLException {
        String sql = database.sql("UPDATE ${p}audit SET status = ? WHERE event_uuid = ?");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (AuditEvent event : statuses) {
                Integer status = event.status();
                if (status != null) {
                    statement.setInt(1, status);
                    statement.setString(2, event.id());
                    statement.addBatch();
                }
            }
            statement.executeBatch();
        }
    }

    /** Takes no more, writes what it has, and stops. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        try {
            writer.join(CLOSE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (writer.isAlive()) {
            log.error(
                    "the audit log did not finish within {} ms; rows that nobody waited for may be lost", CLOSE_MILLIS);
        }
    }
}
