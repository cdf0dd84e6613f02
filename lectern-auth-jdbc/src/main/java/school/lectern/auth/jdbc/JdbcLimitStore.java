package school.lectern.auth.jdbc;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.connection.BorrowedConnection;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.Deadline;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitState;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Moment;

/**
 * Counts permits in a table, exactly, across all processes: the row is locked while the limit's arithmetic decides. Only one
 * clock counts, which is the database's unless another one is set. A statement that waited for its row may use a time from
 * before the wait. Therefore, a time that is older than the newest time of the row, by at most two deadlines, counts as the
 * newest time.
 *
 * <p>A row is identified by its subject and its policy. The policy column contains the shape of the limit, a space, and the
 * name of the policy. A shape contains no space, so it ends at the first space.
 */
final class JdbcLimitStore implements LimitStore {

    private static final int ATTEMPTS = 5;
    private static final int AT_ONCE = 200;

    /** How long a row stays after its expiry, in case the clock of the database is set back a little. */
    private static final long GRACE_MILLIS = 60_000;

    private static final String COUNT =
            "UPDATE ${p}limits SET state = ?, expires_at = ? WHERE subject = ? AND policy = ?";

    private final Database database;
    private final @Nullable Clock clock;
    private final Duration tolerance;
    private final SecureRandom random;

    /**
     * @param database the database with the table
     * @param deadline the maximum duration of a call; times may be late by up to twice this duration
     * @param clock the clock that counts, or null for the clock of the database
     * @param random generates incarnations of rows
     */
    JdbcLimitStore(Database database, Duration deadline, @Nullable Clock clock, SecureRandom random) {
        this.random = random;
        this.database = database;
        this.clock = clock;
        this.tolerance = deadline.multipliedBy(2);
    }

    /**
     * The state of a row, and the time at which it was read.
     *
     * @param count the state, or null if there is no row
     * @param now the time by the clock that counts, in milliseconds since the epoch
     */
    private record Counted(@Nullable LimitState count, long now) {}

    /**
     * Permits that were counted in advance and not used. Before they are put back, they must be removed from memory.
     *
     * @param taken the result of the call that took them
     * @param permits the number of unused permits
     */
    record Unused(TakeResult taken, long permits) {}

    /**
     * The unused permits of one counter. They are put back together with the permits of other counters.
     *
     * @param key the key of the counter
     * @param limit a limit with the counter's shape
     * @param unused the permits
     */
    record PutBack(LimitKey key, RateLimit limit, List<Unused> unused) {}

    @Override
    public LimitStatus take(LimitTake take, Moment moment) {
        return exchange(take.key(), take.limit(), List.of(), 1, database.deadline())
                .status();
    }

    @Override
    public Reservation reserve(LimitTake take, Moment moment) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        TakeResult taken = exchange(key, limit, List.of(), 1, database.deadline());
        return new Reserved(taken, () -> {
            List<Unused> unused = List.of(new Unused(taken, 1));
            putBack(List.of(new PutBack(key, limit, unused)), database.deadline());
        });
    }

    /** A permit that was taken, if there was one, and the action that puts it back. */
    static final class Reserved implements Reservation {
        private final TakeResult taken;
        private final Runnable putBack;
        private final AtomicBoolean isPutBack;

        Reserved(TakeResult taken, Runnable putBack) {
            this.taken = taken;
            this.putBack = putBack;
            this.isPutBack = new AtomicBoolean(taken.permits() == 0);
        }

        @Override
        public LimitStatus status() {
            return taken.status();
        }

        @Override
        public void putBack() {
            // At most once, even if the first attempt failed: the permit may have been put back all the same.
            if (!isPutBack.getAndSet(true)) {
                putBack.run();
            }
        }
    }

    /**
     * Puts unused permits back and takes permits, in one transaction.
     *
     * @param key the key of the counter
     * @param limit the limit
     * @param unused the permits to put back, all of this counter
     * @param most the maximum number of permits to take
     * @param end the deadline of the call
     * @return the new state, the number of permits that were taken, and the status of the limit
     * @throws StorageException if the call failed; its outcome may be unknown then
     */
    TakeResult exchange(LimitKey key, RateLimit limit, List<Unused> unused, long most, Deadline end) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return database.requestTransaction(
                        "counting a permit", end, loan -> exchange(loan, key, limit, unused, most));
            } catch (StorageException failed) {
                // Two transactions inserted the first row concurrently. One succeeded, so the next attempt finds the
                // row.
                if (SqlFailure.of(failed) != SqlFailure.DUPLICATE_KEY) {
                    throw failed;
                }
            }
        }
        throw new StorageException("a permit could not be counted: its row came and went " + ATTEMPTS + " times");
    }

    private TakeResult exchange(BorrowedConnection loan, LimitKey key, RateLimit limit, List<Unused> unused, long most)
            throws SQLException {
        Counted locked = lock(loan.connection(), key, limit);
        boolean isNew = locked == null;
        Counted counted = locked == null ? new Counted(null, now(loan.connection())) : locked;
        TakeResult first =
                readable(key, () -> limit.take(without(unused, limit, counted), most, counted.now(), tolerance));
        TakeResult taken = isNew
                ? new TakeResult(first.count().withIncarnation(newIncarnation()), first.permits(), first.status())
                : first;
        String keep = isNew ? "INSERT INTO ${p}limits (state, expires_at, subject, policy) VALUES (?, ?, ?, ?)" : COUNT;
        Sql.update(loan.connection(), sql(keep), statement -> setCount(statement, taken.count(), limit, key));
        return taken;
    }

    /**
     * {@return a random incarnation} It needs to differ from the previous incarnation only if a row was deleted or restored
     * while its permits still count.
     */
    private long newIncarnation() {
        return random.nextLong();
    }

    /** Locks the row, and returns its state and the time, or null if there is no row. */
    private @Nullable Counted lock(Connection connection, LimitKey key, RateLimit limit) throws SQLException {
        String lock = "SELECT state, ${now} FROM ${p}limits WHERE subject = ? AND policy = ? FOR UPDATE";
        List<Counted> locked = Sql.query(connection, sql(lock), s -> setKey(s, key, limit), row -> read(row, key));
        return locked.isEmpty() ? null : locked.get(0);
    }

    /**
     * Puts unused permits back into their counters, in one transaction. Permits that no longer count are void. If this call
     * fails, its outcome is unknown, and it must not be tried again.
     *
     * @param unused the permits of different counters, in the order of their keys, so that concurrent calls cannot deadlock
     * @param end the deadline of the call
     * @throws StorageException if the call failed
     */
    void putBack(List<PutBack> unused, Deadline end) {
        database.requestTransaction("putting permits back", end, loan -> {
            for (PutBack each : unused) {
                putBack(loan, each);
            }
            return unused.size();
        });
    }

    private void putBack(BorrowedConnection loan, PutBack back) throws SQLException {
        Counted counted = lock(loan.connection(), back.key(), back.limit());
        if (counted == null) {
            return;
        }
        LimitState less = readable(back.key(), () -> without(back.unused(), back.limit(), counted));
        if (less != null && !Objects.equals(less, counted.count())) {
            Sql.update(loan.connection(), sql(COUNT), statement -> setCount(statement, less, back.limit(), back.key()));
        }
    }

    /**
     * Takes more permits of the same window, in a single statement.
     *
     * @param key the key of the counter
     * @param limit the limit
     * @param before the result of the previous call that took permits
     * @param most the maximum number of permits to take
     * @param end the deadline of the call
     * @return the result; or null, and nothing was taken, if the row no longer has the state that the previous call left, or
     *     if the time is not within the window by the clock that counts
     * @throws StorageException if the call failed; its outcome may be unknown then
     */
    @Nullable
    TakeResult takeMore(LimitKey key, RateLimit limit, TakeResult before, long most, Deadline end) {
        LimitStatus window = before.status();
        TakeResult taken = limit.take(before.count(), most, window.atMillis(), tolerance);
        String ifSame = COUNT + " AND state = ? AND ${now} >= ? AND ${now} < ?";
        int changed = database.update("counting permits", end, sql(ifSame), statement -> {
            setCount(statement, taken.count(), limit, key);
            statement.setString(5, before.count().toString());
            statement.setLong(6, window.resetMillis() - window.windowMillis());
            statement.setLong(7, window.resetMillis());
        });
        return changed == 1 ? taken : null;
    }

    @Override
    public LimitStatus peek(LimitTake take, Moment moment) {
        return peek(take.key(), take.limit(), List.of(), database.deadline());
    }

    /**
     * {@return the status that the limit would have if the unused permits were put back}
     *
     * @param key the key of the counter
     * @param limit the limit
     * @param unused the unused permits, which stay in memory
     * @param end the deadline of the call
     * @throws StorageException if the state could not be read
     */
    LimitStatus peek(LimitKey key, RateLimit limit, List<Unused> unused, Deadline end) {
        String look = "SELECT (SELECT state FROM ${p}limits WHERE subject = ? AND policy = ?), ${now}";
        Counted counted = database.query(
                        "reading a limit", end, sql(look), s -> setKey(s, key, limit), row -> read(row, key))
                .get(0);
        return readable(key, () -> limit.peek(without(unused, limit, counted), counted.now(), tolerance));
    }

    private static @Nullable LimitState without(List<Unused> unused, RateLimit limit, Counted counted) {
        LimitState less = counted.count();
        for (Unused each : unused) {
            less = limit.putBack(less, each.taken(), each.permits());
        }
        return less;
    }

    /** Fails for a state that no limit of this shape can have written: it must not be treated as if there were no state. */
    private static <T extends @Nullable Object> T readable(LimitKey key, Supplier<T> arithmetic) {
        try {
            return arithmetic.get();
        } catch (IllegalArgumentException unreadable) {
            throw unreadable(key, unreadable);
        }
    }

    private static StorageException unreadable(LimitKey key, IllegalArgumentException why) {
        return new StorageException(
                "the count of limit class " + key.policy() + " of " + key.subject() + " cannot be read", why);
    }

    /**
     * Deletes rows that no longer affect a decision, in small batches, so that no caller waits for long. A row in which
     * permits are counted before its batch is deleted stays.
     *
     * @return the number of deleted rows
     * @throws StorageException if the call failed; some rows may have been deleted before
     */
    int dropIdle() {
        // The clock is read once, so that the query can use the index: it could not if it compared with a clock that
        // may
        // advance within the statement.
        long end = database.query("reading the clock", sql("SELECT ${now}"), none -> {}, row -> time(row, 1))
                        .get(0)
                - GRACE_MILLIS;
        int dropped = 0;
        List<Row> idle;
        do {
            idle = database.query(
                    "looking for idle limits",
                    sql("SELECT subject, policy FROM ${p}limits WHERE expires_at < ? LIMIT " + AT_ONCE),
                    statement -> statement.setLong(1, end),
                    row -> new Row(row.getString(1), row.getString(2)));
            List<Row> some = idle;
            dropped += database.transaction("dropping idle limits", connection -> drop(connection, some, end));
        } while (idle.size() == AT_ONCE);
        return dropped;
    }

    private record Row(String subject, String policy) {}

    private int drop(Connection connection, List<Row> rows, long end) throws SQLException {
        String drop = "DELETE FROM ${p}limits WHERE subject = ? AND policy = ? AND expires_at < ?";
        int dropped = 0;
        for (Row row : rows) {
            dropped += Sql.update(connection, sql(drop), statement -> {
                statement.setString(1, row.subject());
                statement.setString(2, row.policy());
                statement.setLong(3, end);
            });
        }
        return dropped;
    }

    private long now(Connection connection) throws SQLException {
        return Sql.query(connection, sql("SELECT ${now}"), none -> {}, row -> time(row, 1))
                .get(0);
    }

    private String sql(String template) {
        String now = clock == null ? database.dialect().nowMillis() : Long.toString(clock.millis());
        return database.sql(template).replace("${now}", now);
    }

    private static void setCount(PreparedStatement statement, LimitState count, RateLimit limit, LimitKey key)
            throws SQLException {
        statement.setString(1, count.toString());
        statement.setLong(2, limit.idleFrom(count));
        statement.setString(3, key.subject());
        statement.setString(4, column(key, limit));
    }

    private static void setKey(PreparedStatement statement, LimitKey key, RateLimit limit) throws SQLException {
        statement.setString(1, key.subject());
        statement.setString(2, column(key, limit));
    }

    private static String column(LimitKey key, RateLimit limit) {
        return limit.shape() + ' ' + key.policy();
    }

    private static long time(ResultSet row, int column) throws SQLException {
        return DatabaseProduct.readTime(row, column);
    }

    private static Counted read(ResultSet row, LimitKey key) throws SQLException {
        String counted = row.getString(1);
        try {
            return new Counted(counted == null ? null : LimitState.parse(counted), time(row, 2));
        } catch (IllegalArgumentException unreadable) {
            throw unreadable(key, unreadable);
        }
    }
}
