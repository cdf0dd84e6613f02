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
 * Counts permits in a table, exactly, over all processes: the row is locked while the limit's arithmetic decides. By the database's
 * clock alone: a statement that waited for its row may bring a time from before it waited, so times that are older than the row's
 * newest by up to two deadlines count at the row's time.
 *
 * <p>A row is found by its subject and its policy. The column of the policy contains the shape of the limit, a space, and the
 * name of the policy. A shape contains no space, so it ends at the first one.
 */
final class JdbcLimitStore implements LimitStore {

    private static final int ATTEMPTS = 5;
    private static final int AT_ONCE = 200;

    /** For a clock of the database that is set back a little. */
    private static final long GRACE_MILLIS = 60_000;

    private static final String COUNT =
            "UPDATE ${p}limits SET state = ?, expires_at = ? WHERE subject = ? AND policy = ?";

    private final Database database;
    private final @Nullable Clock clock;
    private final Duration tolerance;
    private final SecureRandom random;

    /** Without a clock, the database's is the one that counts. */
    JdbcLimitStore(Database database, Duration deadline, @Nullable Clock clock, SecureRandom random) {
        this.random = random;
        this.database = database;
        this.clock = clock;
        this.tolerance = deadline.multipliedBy(2);
    }

    /** What is counted, and the time by the clock that counts. */
    private record Counted(@Nullable LimitState count, long now) {}

    /** Permits that were counted ahead of their use, and not used. Whoever has this has removed them from memory. */
    record Unused(TakeResult taken, long permits) {}

    /** Unused permits of one counter, which are put back together with those of others. */
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

    /** What was reserved, and how to put it back. */
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
            // At most once, also where the first time has failed: it may have been done.
            if (!isPutBack.getAndSet(true)) {
                putBack.run();
            }
        }
    }

    /** Puts the unused permits back, and takes up to {@code most}, in one transaction. */
    TakeResult exchange(LimitKey key, RateLimit limit, List<Unused> unused, long most, Deadline end) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return database.requestTransaction(
                        "counting a permit", end, loan -> exchange(loan, key, limit, unused, most));
            } catch (StorageException failed) {
                // Two that were first at once: one of them made the row, the other one finds it now.
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
        Database.update(loan.connection(), sql(keep), statement -> setCount(statement, taken.count(), limit, key));
        return taken;
    }

    /** Needs to be another one than before only where a row was deleted or restored while its permits still count. */
    private long newIncarnation() {
        return random.nextLong();
    }

    /** Null if there is no row. */
    private @Nullable Counted lock(Connection connection, LimitKey key, RateLimit limit) throws SQLException {
        String lock = "SELECT state, ${now} FROM ${p}limits WHERE subject = ? AND policy = ? FOR UPDATE";
        List<Counted> locked = Database.query(connection, sql(lock), s -> setKey(s, key, limit), row -> read(row, key));
        return locked.isEmpty() ? null : locked.get(0);
    }

    /**
     * Puts unused permits back into their counters, in one transaction. Those that no longer count are void. If that fails, nobody knows
     * whether it was done, and it must not be tried again.
     *
     * @param unused of different counters, in the order of their keys, so that two who do this never wait for each other in a circle
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
            Database.update(
                    loan.connection(), sql(COUNT), statement -> setCount(statement, less, back.limit(), back.key()));
        }
    }

    /**
     * Takes up to {@code most} more of the same window in a single statement; null if that cannot be, because the row no longer says
     * what was taken before, or because it is not the window's time by the clock that counts.
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

    /** What the limit would say if the unused permits were put back. */
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

    /** A count that no limit of this shape can have written must not be taken for none. */
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
     * Deletes counts that say nothing any more, some at a time, so that no caller waits for long. One that was counted up
     * meanwhile stays.
     *
     * @return how many were deleted
     */
    int dropIdle() {
        // Read once, so that an index finds the rows: a clock that may move within a statement has no place there.
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
            dropped += Database.update(connection, sql(drop), statement -> {
                statement.setString(1, row.subject());
                statement.setString(2, row.policy());
                statement.setLong(3, end);
            });
        }
        return dropped;
    }

    private long now(Connection connection) throws SQLException {
        return Database.query(connection, sql("SELECT ${now}"), none -> {}, row -> time(row, 1))
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
