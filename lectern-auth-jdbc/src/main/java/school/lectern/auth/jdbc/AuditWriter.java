package school.lectern.auth.jdbc;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.StorageException;

/**
 * Writes the table of the audit log. One thread writes: the rows that arrive while it commits go into its next transaction, so
 * that many callers share one commit. Callers of {@link #append} wait for their rows. Offered rows wait in a separate buffer,
 * of which rows without a tenant, which any unauthenticated caller can cause, never take more than half.
 *
 * <p>If the database cannot be reached, or the connection breaks during a commit, it is unknown which rows are stored: the rows
 * go back to the head of their queues, and those that are not stored are written again.
 */
final class AuditWriter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(JdbcAuditLog.class);

    private static final int MAX_WAITING = 10_000;
    private static final int MAX_OFFERED = 10_000;
    private static final int MAX_BATCH = 500;
    private static final long PAUSE_MILLIS = 50;
    private static final long CLOSE_MILLIS = 10_000;

    private final Database database;
    private final long appendMillis;
    private final Object lock = new Object();
    private final Deque<Row> waiting = new ArrayDeque<>();
    private final Deque<Row> offered = new ArrayDeque<>();
    private final Thread writer;
    private final AuthMetrics metrics;
    private long dropped;
    private boolean closed;

    /** Set while the database cannot be reached, so that this is logged once. Used by the writer's thread only. */
    private boolean cutOff;

    /**
     * @param deadline the maximum time for which a caller waits for its row
     * @param metrics receives the number of rows that wait or were dropped; called without the lock
     */
    AuditWriter(Database database, Duration deadline, AuthMetrics metrics) {
        this.database = database;
        this.appendMillis = deadline.toMillis();
        this.metrics = metrics;
        this.writer = new Thread(this::writeUntilClosed, "lectern-auth-audit");
        writer.setDaemon(true);
        writer.start();
    }

    /** An insert or a change of a row that is to be written. */
    private record Row(Kind kind, AuditEvent event, CompletableFuture<Boolean> written) {
        Row(Kind kind, AuditEvent event) {
            this(kind, event, new CompletableFuture<>());
        }
    }

    private enum Kind {
        /** A new row that a caller waits for. */
        AWAITED,
        /** A new row that no caller waits for. */
        OFFERED,
        /** The status of a row that is stored already, or is written before. */
        STATUS
    }

    void append(AuditEvent event) {
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

    /** Gives up waiting for a row, whose call is denied: the row is not written unless its transaction has begun already. */
    private void leave(Row row) {
        synchronized (lock) {
            waiting.remove(row);
            row.written().cancel(false);
        }
    }

    void offer(AuditEvent event) {
        offer(new Row(Kind.OFFERED, event), event.tenantId() == null ? MAX_OFFERED / 2 : MAX_OFFERED);
    }

    void complete(AuditEvent completed) {
        offer(new Row(Kind.STATUS, completed), MAX_OFFERED);
    }

    /** A status for which there is no room is not counted as a dropped row: the status of its row stays unknown. */
    private void offer(Row row, int room) {
        synchronized (lock) {
            if (!closed && offered.size() < room) {
                offered.add(row);
                lock.notifyAll();
                return;
            }
        }
        if (row.kind() == Kind.OFFERED) {
            countDropped(row.event().count());
        }
    }

    private void countDropped(long calls) {
        if (calls > 0) {
            synchronized (lock) {
                dropped += calls;
            }
            metrics.auditDropped(calls);
        }
    }

    long dropped() {
        synchronized (lock) {
            return dropped;
        }
    }

    private void writeUntilClosed() {
        while (true) {
            List<Row> batch = new ArrayList<>();
            int pending;
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
                pending = waiting.size() + offered.size();
                move(waiting, batch);
                move(offered, batch);
            }
            metrics.auditPending(pending);
            write(batch);
            metrics.auditPending(pending());
        }
    }

    private int pending() {
        synchronized (lock) {
            return waiting.size() + offered.size();
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
            if (kind == SqlFailure.DUPLICATE_KEY || kind == SqlFailure.VALUE_REJECTED) {
                writeEach(batch);
            } else if (passes(kind)) {
                writeLater(batch, failed);
            } else {
                giveUp(batch, failed);
            }
        }
    }

    /**
     * Writes the rows of a batch one by one after one of them was a duplicate or was rejected, so that the others are stored.
     */
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

    /** Returns each new row by itself, followed by all statuses together, which cannot be duplicates. */
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

    /** Returns whether the same rows may be written successfully later. */
    private static boolean passes(SqlFailure kind) {
        return kind == SqlFailure.NOT_AVAILABLE || kind == SqlFailure.SERIALIZATION_FAILURE;
    }

    private void writeLater(List<Row> rows, Throwable why) {
        if (!putBack(rows)) {
            giveUp(rows, why);
            return;
        }
        if (!cutOff) {
            cutOff = true;
            log.error("the audit log cannot reach the database; will retry until it can", RedactedFailure.of(why));
        }
        pause();
    }

    /**
     * Puts rows back at the head of their queues, in their order, except for rows whose callers no longer wait. Returns false,
     * and puts no row back, if the log is closed.
     */
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
                "{} audit rows could not be written: {} calls are denied, {} rows and {} statuses are dropped",
                refused + lost,
                refused,
                lost,
                rows.size() - refused - lost,
                RedactedFailure.of(failed));
        countDropped(lostCalls);
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

    /**
     * Writes a row unless it is stored already: its key is unique, so a row whose commit had an unknown outcome is not
     * duplicated.
     */
    private void writeOnce(List<Row> part) {
        try {
            store(part);
        } catch (StorageException failed) {
            // Another unique key may be duplicated, such as a row id that was assigned twice after a restore.
            if (SqlFailure.of(failed) != SqlFailure.DUPLICATE_KEY
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

    /** Accepts no more rows, writes those that it has, and stops. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        awaitWriter();
        if (writer.isAlive()) {
            log.error("the audit log did not finish within {} ms; offered rows and statuses may be lost", CLOSE_MILLIS);
        }
    }

    /** Waits also on an interrupted thread, as it may be while an application stops: the rows must not be lost for that. */
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
