package school.lectern.auth.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.StorageException;

/**
 * The audit log in a table. One thread writes: whatever came while it committed goes into its next transaction, so that
 * many callers share one commit. Callers of {@link #append} wait for theirs; what was offered waits in a buffer of its own,
 * of which rows without a tenant, which any stranger can cause, never take more than half.
 *
 * <p>Where the database cannot be reached, or breaks off in the middle of a commit, nobody knows what it has: the rows go back
 * to the head of their queues, and are written again if they are not there.
 */
final class JdbcAuditLog implements AuditLog, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(JdbcAuditLog.class);

    private static final int MAX_WAITING = 10_000;
    private static final int MAX_OFFERED = 10_000;
    private static final int MAX_BATCH = 500;
    private static final long PAUSE_MILLIS = 50;
    private static final long CLOSE_MILLIS = 10_000;

    private final Database database;
    private final long appendMillis;
    private final long settleMillis;
    private final Object lock = new Object();
    private final Deque<Row> waiting = new ArrayDeque<>();
    private final Deque<Row> offered = new ArrayDeque<>();
    private final Thread writer;
    private long dropped;
    private boolean closed;

    /** Of the writer's thread alone: whether the last it heard of the database was that it cannot be reached. */
    private boolean cutOff;

    /**
     * @param deadline how long a caller waits for its row
     * @param settling the longest time from when the database writes a row until its commit shows the row to readers
     */
    JdbcAuditLog(Database database, Duration deadline, Duration settling) {
        this.database = database;
        this.appendMillis = deadline.toMillis();
        this.settleMillis = settling.toMillis();
        this.writer = new Thread(this::writeUntilClosed, "lectern-auth-audit");
        writer.setDaemon(true);
        writer.start();
    }

    /** What is to be written. */
    private record Row(Kind kind, AuditEvent event, CompletableFuture<Boolean> written) {
        Row(Kind kind, AuditEvent event) {
            this(kind, event, new CompletableFuture<>());
        }
    }

    private enum Kind {
        /** Somebody waits for it. */
        AWAITED,
        /** Nobody does. */
        OFFERED,
        /** The status of a row that is there, or is written before. */
        STATUS
    }

    @Override
    public void append(AuditEvent event) {
        Row row = new Row(Kind.AWAITED, event);
        synchronized (lock) {
            if (closed || waiting.size() >= MAX_WAITING) {
                throw new StorageException(
                        closed ? "the audit log is closed" : "too many callers wait for the audit log");
            }
            waiting.add(row);
            lock.notifyAll();
        }
        try {
            row.written().get(appendMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new StorageException("the audit row could not be written", failed);
        } catch (TimeoutException late) {
            leave(row);
            throw new StorageException("the audit row was not written within " + appendMillis + " ms", late);
        } catch (InterruptedException interrupted) {
            leave(row);
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while the audit row was written", interrupted);
        }
    }

    /** Nobody waits for it any more, and its call is refused: what was not begun yet is not written. */
    private void leave(Row row) {
        synchronized (lock) {
            waiting.remove(row);
            row.written().cancel(false);
        }
    }

    @Override
    public void offer(AuditEvent event) {
        offer(new Row(Kind.OFFERED, event), event.tenantId() == null ? MAX_OFFERED / 2 : MAX_OFFERED);
    }

    @Override
    public void complete(AuditEvent event, int status) {
        offer(new Row(Kind.STATUS, event.withStatus(status)), MAX_OFFERED);
    }

    /** A status for which there is no room is no dropped row: its row says that it is not known. */
    private void offer(Row row, int room) {
        synchronized (lock) {
            if (closed || offered.size() >= room) {
                dropped += row.kind() == Kind.OFFERED ? row.event().count() : 0;
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
        return page(
                "event_time",
                "tenant_id = ? AND event_time >= ? AND event_time < ? AND (event_time > ? OR (event_time = ? AND id > ?))"
                        + " ORDER BY tenant_id, event_time, id LIMIT ?",
                after,
                statement -> {
                    statement.setString(1, tenantId);
                    // The place is a bound, too: said here, an index goes straight to where the page begins.
                    statement.setLong(
                            2, Math.max(place.millis(), from == null ? Long.MIN_VALUE : Database.nextMilli(from)));
                    statement.setLong(3, to == null ? Long.MAX_VALUE : Database.nextMilli(to));
                    place.setFrom(statement, 4);
                    statement.setInt(7, limit);
                });
    }

    /** A row that the database writes later has a later time of writing, unless its clock is set back by more than this. */
    @Override
    public String settled() {
        long now = database.checkedQuery(
                        "reading the clock",
                        "SELECT " + database.dialect().nowMillis(),
                        none -> {},
                        row -> DatabaseProduct.readTime(row, 1))
                .get(0);
        return new Place(now - settleMillis, 0).toString();
    }

    @Override
    public Page readWritten(@Nullable String tenantId, String after, String upTo, int limit) {
        Place start = Place.parse(after);
        Place end = Place.parse(upTo);
        return page(
                "written_at",
                whose(tenantId) + " AND written_at >= ? AND written_at <= ?"
                        + " AND (written_at > ? OR (written_at = ? AND id > ?))"
                        + " AND (written_at < ? OR (written_at = ? AND id <= ?))"
                        + " ORDER BY tenant_id, written_at, id LIMIT ?",
                after,
                statement -> {
                    int next = 1;
                    if (tenantId != null) {
                        statement.setString(next++, tenantId);
                    }
                    statement.setLong(next++, start.millis());
                    statement.setLong(next++, end.millis());
                    next = start.setFrom(statement, next);
                    next = end.setFrom(statement, next);
                    statement.setInt(next, limit);
                });
    }

    private static String whose(@Nullable String tenantId) {
        return "tenant_id " + (tenantId == null ? "IS NULL" : "= ?");
    }

    /** @param time the column that the page is in the order of, before the id */
    private Page page(String time, String where, String after, Database.Parameters parameters) {
        List<Place> places = new ArrayList<>();
        List<AuditEvent> events = database.checkedQuery(
                "reading the audit log",
                database.sql("SELECT id, written_at, " + AuditRow.COLUMNS + " FROM ${p}audit WHERE " + where),
                parameters,
                row -> {
                    places.add(new Place(row.getLong(time), row.getLong("id")));
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
                                + " ORDER BY tenant_id, event_time, id LIMIT 1"),
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
                    database.sql("SELECT id FROM ${p}audit WHERE " + whose(tenantId)
                            + " AND event_time < ? ORDER BY tenant_id, event_time, id LIMIT ?"),
                    statement -> {
                        int next = 1;
                        if (tenantId != null) {
                            statement.setString(next++, tenantId);
                        }
                        statement.setLong(next++, Database.nextMilli(before));
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

    /**
     * Where a page ends.
     *
     * @param millis the event's time, or the time of writing
     * @param id the row's id, which orders rows of the same time; positive in every row
     */
    private record Place(long millis, long id) {

        static Place parse(String text) {
            if (text.isEmpty()) {
                return new Place(Long.MIN_VALUE, 0);
            }
            int dot = text.indexOf('.');
            if (dot < 0) {
                throw new IllegalArgumentException("position must be one that the audit log returned, was " + text);
            }
            return new Place(Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
        }

        /** Sets the parameters of a comparison with this place, and returns the index of the next one. */
        int setFrom(PreparedStatement statement, int first) throws SQLException {
            statement.setLong(first, millis);
            statement.setLong(first + 1, millis);
            statement.setLong(first + 2, id);
            return first + 3;
        }

        @Override
        public String toString() {
            return millis + "." + id;
        }
    }

    private void writeUntilClosed() {
        while (true) {
            List<Row> batch = new ArrayList<>();
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
                move(waiting, batch);
                move(offered, batch);
            }
            write(batch);
        }
    }

    private static void move(Deque<Row> from, List<Row> to) {
        for (int moved = 0; moved < MAX_BATCH && !from.isEmpty(); moved++) {
            to.add(from.remove());
        }
    }

    private void write(List<Row> batch) {
        try {
            store(batch);
            written(batch);
        } catch (Throwable failed) {
            SqlFailure kind = kind(failed);
            if (kind == SqlFailure.DUPLICATE || kind == SqlFailure.UNFIT) {
                writeEach(batch);
            } else if (passes(kind)) {
                writeLater(batch, failed);
            } else {
                giveUp(batch, failed);
            }
        }
    }

    /** One row of a batch is there already, or does not fit: none of the others is lost for it. */
    private void writeEach(List<Row> batch) {
        List<List<Row>> parts = parts(batch);
        for (int i = 0; i < parts.size(); i++) {
            List<Row> part = parts.get(i);
            try {
                writeOnce(part);
                written(part);
            } catch (Throwable failed) {
                if (passes(kind(failed))) {
                    List<List<Row>> rest = parts.subList(i, parts.size());
                    writeLater(rest.stream().flatMap(List::stream).toList(), failed);
                    return;
                }
                giveUp(part, failed);
            }
        }
    }

    /** Each row by itself, and then the statuses together, which cannot be there already. */
    private static List<List<Row>> parts(List<Row> batch) {
        List<List<Row>> parts = new ArrayList<>();
        List<Row> statuses = new ArrayList<>();
        for (Row row : batch) {
            if (row.kind() == Kind.STATUS) {
                statuses.add(row);
            } else {
                parts.add(List.of(row));
            }
        }
        parts.add(statuses);
        return parts;
    }

    private void written(List<Row> rows) {
        cutOff = false;
        rows.forEach(row -> row.written().complete(true));
    }

    private static SqlFailure kind(Throwable failed) {
        return failed instanceof StorageException why ? SqlFailure.of(why) : SqlFailure.OTHER;
    }

    /** Whether the same rows may be written another time. */
    private static boolean passes(SqlFailure kind) {
        return kind == SqlFailure.CUT_OFF || kind == SqlFailure.LOST_TO_ANOTHER;
    }

    private void writeLater(List<Row> rows, Throwable why) {
        if (!putBack(rows)) {
            giveUp(rows, why);
            return;
        }
        if (!cutOff) {
            cutOff = true;
            log.error("the audit log cannot reach the database, and tries again until it can", RedactedFailure.of(why));
        }
        pause();
    }

    /** To the head of their queues, in their order, but for rows whose callers have left; not once the log is closed. */
    private boolean putBack(List<Row> rows) {
        synchronized (lock) {
            if (closed) {
                return false;
            }
            for (int i = rows.size() - 1; i >= 0; i--) {
                Row row = rows.get(i);
                if (!row.written().isDone()) {
                    (row.kind() == Kind.AWAITED ? waiting : offered).addFirst(row);
                }
            }
            return true;
        }
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException onlyCloseEndsThis) {
            synchronized (lock) {
                closed = true;
            }
        }
    }

    private void giveUp(List<Row> rows, Throwable failed) {
        long refused = count(Kind.AWAITED, rows);
        long lost = count(Kind.OFFERED, rows);
        long lostCalls = rows.stream()
                .filter(row -> row.kind() == Kind.OFFERED)
                .mapToLong(row -> row.event().count())
                .sum();
        log.error(
                "{} audit rows could not be written: {} callers are refused, {} rows are dropped, and {} statuses",
                refused + lost,
                refused,
                lost,
                rows.size() - refused - lost,
                RedactedFailure.of(failed));
        synchronized (lock) {
            dropped += lostCalls;
        }
        rows.forEach(row -> row.written().completeExceptionally(failed));
    }

    private static long count(Kind kind, List<Row> rows) {
        return rows.stream().filter(row -> row.kind() == kind).count();
    }

    private void store(List<Row> rows) {
        database.transaction("writing the audit log", connection -> {
            List<AuditEvent> entries = events(rows, row -> row.kind() != Kind.STATUS);
            AuditRow.insert(connection, database, TenantRows.withoutErased(connection, database, entries));
            AuditRow.complete(connection, database, events(rows, row -> row.kind() == Kind.STATUS));
            return rows.size();
        });
    }

    private static List<AuditEvent> events(List<Row> rows, Predicate<Row> which) {
        return rows.stream().filter(which).map(Row::event).toList();
    }

    /** Writes a row unless it is there: its key is unique, so a row whose commit was unclear is never doubled. */
    private void writeOnce(List<Row> part) {
        try {
            store(part);
        } catch (StorageException failed) {
            // Another unique key may be double, too, such as a number that was given twice after a restore.
            if (SqlFailure.of(failed) != SqlFailure.DUPLICATE
                    || !isThere(part.get(0).event())) {
                throw failed;
            }
        }
    }

    private boolean isThere(AuditEvent row) {
        return !database.query(
                        "looking for an audit row",
                        database.sql("SELECT id FROM ${p}audit WHERE event_id = ?"),
                        statement -> statement.setString(1, row.id()),
                        found -> found.getLong(1))
                .isEmpty();
    }

    /** Takes no more, writes what it has, and stops. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        awaitWriter();
        if (writer.isAlive()) {
            log.error(
                    "the audit log did not finish within {} ms; rows that nobody waited for may be lost", CLOSE_MILLIS);
        }
    }

    /** Also on a thread that is interrupted, as it may be where an application stops: the rows are no less worth for it. */
    private void awaitWriter() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
        boolean interrupted = false;
        for (long left = CLOSE_MILLIS; left > 0; left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
            try {
                writer.join(left);
                break;
            } catch (InterruptedException goesOnWaiting) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
