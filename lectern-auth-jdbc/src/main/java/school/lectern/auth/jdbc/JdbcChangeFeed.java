package school.lectern.auth.jdbc;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;

/**
 * The change feed of a database. The order of the change numbers is the order of the commits: a transaction that takes a number
 * locks the counter's row until its commit is done.
 */
final class JdbcChangeFeed implements ChangeFeed {

    private static final Logger log = LoggerFactory.getLogger(JdbcChangeFeed.class);

    /**
     * The maximum number of changes that {@link #since} returns. A cache that is further behind must discard all its tokens.
     */
    private static final int TOLD = 1_000;

    /**
     * The number of changes that are stored. A caller that has waited for the propagation of its change must still find the
     * change, even if many others were committed after it.
     */
    private static final int KEPT = 10_000;

    private static final Position START = new Position(0, 0);

    /**
     * The minimum time after its commit for which a change of this process is remembered, so that {@link #hasOwnChanges} looks
     * for it; shorter only if {@link #MOST_OWN} newer changes were committed.
     */
    private static final Duration REMEMBERED = Duration.ofSeconds(10);

    private static final int MOST_OWN = 5_000;
    private static final int AT_ONCE = 500;

    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Database polled;
    private final Database database;
    private final List<DatabaseProduct.Required> required;
    private final String counterSql;
    private final SecureRandom random;

    /** The recent changes that this process has committed, oldest first. */
    private final Deque<Own> own = new ArrayDeque<>();

    private volatile Duration waitedFor = Duration.ZERO;

    private record Own(long mark, long at) {}

    /**
     * @param polled the database for polls, whose connection is used by polls alone: a poll that had to wait for a connection
     *     among requests could let the lease end
     * @param database the database for all other operations
     * @param random the source of the changes' marks
     */
    JdbcChangeFeed(Database polled, Database database, SecureRandom random) {
        this.random = random;
        this.polled = polled;
        this.database = database;
        this.required = polled.dialect().requiredOfPolls();
        this.counterSql =
                "SELECT change_number, mark, lease_millis, propagation_millis, (SELECT MAX(version) FROM ${p}schema_version), "
                        + polled.dialect().nowMillis() + ", " + DatabaseProduct.firstBroken(required)
                        + " FROM ${p}change_counter WHERE id = 1";
    }

    /** The counter's row, read from a server that meets the requirements. */
    private record Counter(Position newest, Duration lease, Duration confirmation, int version, Instant now) {}

    private record Numbered(Position position, Change change) {}

    private Counter counter(Database from) {
        return from.query("reading the change number", from.sql(counterSql), none -> {}, this::readCounter).stream()
                .findFirst()
                .orElseThrow(() -> new StorageException("the row of the table change_counter is missing"));
    }

    /** The requirements are part of the same statement, so they were met at the time at which the number was read. */
    private Counter readCounter(ResultSet row) throws SQLException {
        DatabaseProduct.requireNone(required, row.getInt(7));
        return new Counter(
                new Position(row.getLong(1), row.getLong(2)),
                Duration.ofMillis(row.getLong(3)),
                Duration.ofMillis(row.getLong(4)),
                row.getInt(5),
                Instant.ofEpochMilli(DatabaseProduct.readTime(row, 6)));
    }

    /** Queries one row, and the changes in a second query only if there are any. */
    @Override
    public Changes since(Position known) {
        Counter counter = counter(polled);
        if (counter.version() != Schema.version()) {
            throw new StorageException("the tables now have version " + counter.version() + ", and this version of"
                    + " lectern-auth caches tokens only with version " + Schema.version()
                    + ": replace this process with one of the newer version");
        }
        Position newest = counter.newest();
        long later = newest.number() - known.number();
        Optional<List<Change>> changes = later == 0 && known.equals(newest)
                ? Optional.of(List.of())
                : later <= 0 || later > TOLD ? Optional.empty() : between(known, newest);
        return new Changes(newest, counter.lease(), changes, Optional.of(counter.now()));
    }

    /**
     * Returns the changes after the known position, or empty unless the rows contain every number from the known position to
     * the newest, with the marks of these two: otherwise, the positions may come from servers whose histories have diverged.
     */
    private Optional<List<Change>> between(Position known, Position newest) {
        List<Numbered> found = polled.query(
                "reading changes",
                polled.sql(
                        "SELECT change_number, mark, token_id, tenant_id, user_id FROM ${p}changes WHERE change_number >= ? AND change_number <= ?"
                                + " ORDER BY change_number"),
                statement -> {
                    statement.setLong(1, known.number());
                    statement.setLong(2, newest.number());
                },
                row -> new Numbered(
                        new Position(row.getLong(1), row.getLong(2)),
                        change(row.getString(3), row.getString(4), row.getString(5))));
        List<Numbered> history = known.equals(START) ? prepended(found) : found;
        boolean whole = history.size() == newest.number() - known.number() + 1
                && history.get(0).position().equals(known)
                && history.get(history.size() - 1).position().equals(newest);
        return whole
                ? Optional.of(history.stream().skip(1).map(Numbered::change).toList())
                : Optional.empty();
    }

    /** Adds the start of the history, before the first change, for which the table has no row. */
    private static List<Numbered> prepended(List<Numbered> found) {
        List<Numbered> history = new ArrayList<>(List.of(new Numbered(START, new Change.OfAny())));
        history.addAll(found);
        return history;
    }

    private static Change change(@Nullable String tokenId, @Nullable String tenantId, @Nullable String userId) {
        if (tokenId != null) {
            return new Change.OfToken(tokenId);
        }
        if (userId != null) {
            return new Change.OfUser(userId);
        }
        return tenantId != null ? new Change.OfTenant(tenantId) : new Change.OfAny();
    }

    @Override
    public Confirmation confirmation() {
        Counter counter = counter(database);
        waitedFor = counter.confirmation();
        return new Confirmation(counter.newest(), counter.confirmation());
    }

    /** Returns a random mark for a change, so that no other server has the same mark at the same number. */
    long newMark() {
        return random.nextLong();
    }

    /** Remembers a change of this process, which has been committed. */
    void noteOwn(long mark) {
        long now = System.nanoTime();
        synchronized (own) {
            dropOldest(now);
            own.addLast(new Own(mark, now));
        }
    }

    private void dropOldest(long now) {
        long nanos = Math.max(REMEMBERED.toNanos(), 2 * waitedFor.toNanos());
        while (!own.isEmpty() && (own.size() >= MOST_OWN || now - own.getFirst().at() > nanos)) {
            own.removeFirst();
        }
    }

    /** Also reads the counter's row, which fails unless the server is writable: a read-only server must not confirm changes. */
    @Override
    public boolean hasOwnChanges() {
        List<Long> marks;
        synchronized (own) {
            dropOldest(System.nanoTime());
            marks = own.stream().map(Own::mark).toList();
        }
        long newest = counter(database).newest().number();
        for (List<Long> some : Sql.portions(marks, AT_ONCE)) {
            if (found(some, newest).size() < some.size()) {
                log.error(
                        "changes of this process that the database had acknowledged are missing: it was restored, or failed"
                                + " over to a server that had not received them; repeat the changes of the last seconds");
                return false;
            }
        }
        return true;
    }

    private List<Long> found(List<Long> marks, long newest) {
        String sql = "SELECT mark FROM ${p}changes WHERE change_number > ? AND mark IN (?"
                + ", ?".repeat(marks.size() - 1) + ")";
        return database.query(
                "looking for committed changes",
                database.sql(sql),
                statement -> {
                    statement.setLong(1, newest - KEPT);
                    for (int i = 0; i < marks.size(); i++) {
                        statement.setLong(i + 2, marks.get(i));
                    }
                },
                row -> row.getLong(1));
    }

    /**
     * Changes wait for a longer lease from the moment at which it can be granted. They wait for a shorter lease only after the
     * longer leases have ended.
     */
    @Override
    public void setLease(Duration length) {
        if (length.isNegative() || length.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("lease must be between 0 and 1 minute, was " + length);
        }
        long millis = length.toMillis();
        long waitedFor = database.transaction("setting the length of leases", connection -> begin(connection, millis));
        if (waitedFor == millis) {
            return;
        }
        sleep(waitedFor + waitedFor / 100 + 1);
        database.transaction("shortening leases", connection -> end(connection, millis, waitedFor));
    }

    /**
     * Sets the length of leases. Returns the time, in milliseconds, for which changes wait from now on: the new length, or the
     * previous time plus 1 ms if the new length is shorter than that. The additional millisecond identifies this call:
     * {@link #end} compares the value.
     */
    private long begin(Connection connection, long millis) throws SQLException {
        String older = database.sql("SELECT propagation_millis FROM ${p}change_counter WHERE id = 1 FOR UPDATE");
        long before =
                Sql.query(connection, older, none -> {}, row -> row.getLong(1)).get(0);
        long waitedFor = millis >= before ? millis : before + 1;
        String set =
                database.sql("UPDATE ${p}change_counter SET lease_millis = ?, propagation_millis = ? WHERE id = 1");
        Sql.update(connection, set, statement -> {
            statement.setLong(1, millis);
            statement.setLong(2, waitedFor);
        });
        return waitedFor;
    }

    /**
     * Shortens the time for which changes wait to the length of leases, unless another call has set another length since
     * {@link #begin}: then leases of that length may be longer.
     */
    private int end(Connection connection, long millis, long waitedFor) throws SQLException {
        String set = database.sql(
                "UPDATE ${p}change_counter SET propagation_millis = ? WHERE id = 1 AND lease_millis = ? AND propagation_millis = ?");
        return Sql.update(connection, set, statement -> {
            statement.setLong(1, millis);
            statement.setLong(2, millis);
            statement.setLong(3, waitedFor);
        });
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for older leases to end", interrupted);
        }
    }

    /** Deletes all changes except the newest {@link #KEPT} numbers. Returns the number of deleted rows. */
    int dropOld() {
        long last = counter(database).newest().number() - KEPT;
        return database.transaction(
                "deleting old changes",
                connection -> Sql.update(
                        connection,
                        database.sql("DELETE FROM ${p}changes WHERE change_number <= ?"),
                        statement -> statement.setLong(1, last)));
    }
}
