package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.limit.Count;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.Taken;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;

/** Counts permits in a table, exactly, over all processes: the row is locked while the limit's arithmetic decides. */
final class JdbcLimitStore implements LimitStore {

    private static final int ATTEMPTS = 5;
    private static final int AT_ONCE = 200;

    /** For a clock of the database that is set back a little. */
    private static final long GRACE_MILLIS = 60_000;

    /** Idle never sooner than before: who asks by a shorter window counts on, and the longer one needs the count for longer. */
    private static final String COUNT = "UPDATE ${p}limits SET counted = ?, idle_from = GREATEST(idle_from, ?)"
            + " WHERE subject = ? AND limit_class = ?";

    private final Database database;
    private final @Nullable Clock clock;

    /** Without a clock, the database's is the one that counts. */
    JdbcLimitStore(Database database, @Nullable Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** What is counted, and the time by the clock that counts. */
    private record Counted(@Nullable Count count, long now) {}

    /** Permits that were counted ahead of their use, and not used: how many, and when their window ends. */
    record Unused(long permits, long resetMillis) {
        static final Unused NONE = new Unused(0, 0);
    }

    @Override
    public LimitStatus take(LimitKey key, RateLimit limit) {
        return exchange(key, limit, Unused.NONE, 1, database.deadline()).status();
    }

    /** Puts the unused permits back, and takes up to so many, in one transaction. */
    Taken exchange(LimitKey key, RateLimit limit, Unused unused, long most, Deadline end) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return database.brief("counting a permit", end, loan -> exchange(loan, key, limit, unused, most));
            } catch (StorageException failed) {
                // Two that were first at once: one of them made the row, the other one finds it now.
                if (Failure.of(failed) != Failure.DUPLICATE) {
                    throw failed;
                }
            }
        }
        throw new StorageException("a permit could not be counted: its row came and went " + ATTEMPTS + " times");
    }

    private Taken exchange(Loan loan, LimitKey key, RateLimit limit, Unused unused, long most) throws SQLException {
        String lock = "SELECT counted, ${now} FROM ${p}limits WHERE subject = ? AND limit_class = ? FOR UPDATE";
        List<Counted> locked =
                Database.query(loan.connection(), sql(lock), statement -> setKey(statement, key), JdbcLimitStore::read);
        Counted counted = locked.isEmpty() ? new Counted(null, now(loan.connection())) : locked.get(0);
        Taken taken = limit.take(without(unused, limit, counted), most, counted.now());
        String keep = locked.isEmpty()
                ? "INSERT INTO ${p}limits (counted, idle_from, subject, limit_class) VALUES (?, ?, ?, ?)"
                : COUNT;
        Database.update(loan.connection(), sql(keep), statement -> setCount(statement, taken.count(), limit, key));
        return taken;
    }

    /**
     * Takes up to so many more of the same window in a single statement; null if that cannot be, because the row no longer says
     * what was taken before, or because it is not the window's time by the clock that counts.
     */
    @Nullable
    Taken takeMore(LimitKey key, RateLimit limit, Taken before, long most, Deadline end) {
        LimitStatus window = before.status();
        Taken taken = limit.take(before.count(), most, window.atMillis());
        String ifSame = COUNT + " AND counted = ? AND ${now} >= ? AND ${now} < ?";
        int changed = database.update("counting permits", end, sql(ifSame), statement -> {
            setCount(statement, taken.count(), limit, key);
            statement.setString(5, before.count().toString());
            statement.setLong(6, window.resetMillis() - window.windowMillis());
            statement.setLong(7, window.resetMillis());
        });
        return changed == 1 ? taken : null;
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit) {
        return peek(key, limit, Unused.NONE, database.deadline());
    }

    /** What the limit would say if the unused permits were put back. */
    LimitStatus peek(LimitKey key, RateLimit limit, Unused unused, Deadline end) {
        String look = "SELECT (SELECT counted FROM ${p}limits WHERE subject = ? AND limit_class = ?), ${now}";
        Counted counted = database.query("reading a limit", end, sql(look), s -> setKey(s, key), JdbcLimitStore::read)
                .get(0);
        return limit.peek(without(unused, limit, counted), counted.now());
    }

    private static @Nullable Count without(Unused unused, RateLimit limit, Counted counted) {
        return limit.putBack(counted.count(), unused.permits(), unused.resetMillis());
    }

    /**
     * Deletes counts that say nothing any more, some at a time, so that no caller waits for long. One that was counted up
     * meanwhile stays.
     *
     * @return how many were deleted
     */
    int dropIdle() {
        int dropped = 0;
        List<LimitKey> idle;
        do {
            idle = database.query(
                    "looking for idle limits",
                    sql("SELECT subject, limit_class FROM ${p}limits WHERE idle_from < ${now} - " + GRACE_MILLIS
                            + " LIMIT " + AT_ONCE),
                    none -> {},
                    row -> new LimitKey(row.getString(1), row.getString(2)));
            List<LimitKey> some = idle;
            dropped += database.transaction("dropping idle limits", connection -> drop(connection, some));
        } while (idle.size() == AT_ONCE);
        return dropped;
    }

    private int drop(Connection connection, List<LimitKey> keys) throws SQLException {
        String drop =
                "DELETE FROM ${p}limits WHERE subject = ? AND limit_class = ? AND idle_from < ${now} - " + GRACE_MILLIS;
        int dropped = 0;
        for (LimitKey key : keys) {
            dropped += Database.update(connection, sql(drop), statement -> setKey(statement, key));
        }
        return dropped;
    }

    private long now(Connection connection) throws SQLException {
        return Database.query(connection, sql("SELECT NULL, ${now}"), none -> {}, JdbcLimitStore::read)
                .get(0)
                .now();
    }

    private String sql(String template) {
        String now = clock == null ? database.dialect().nowMillis() : Long.toString(clock.millis());
        return database.sql(template).replace("${now}", now);
    }

    private static void setCount(PreparedStatement statement, Count count, RateLimit limit, LimitKey key)
            throws SQLException {
        statement.setString(1, count.toString());
        statement.setLong(2, limit.idleFrom(count));
        statement.setString(3, key.subject());
        statement.setString(4, key.limitClass());
    }

    private static void setKey(PreparedStatement statement, LimitKey key) throws SQLException {
        statement.setString(1, key.subject());
        statement.setString(2, key.limitClass());
    }

    private static Counted read(ResultSet row) throws SQLException {
        String counted = row.getString(1);
        return new Counted(counted == null ? null : Count.parse(counted), row.getLong(2));
    }
}
