package school.lectern.auth.jdbc;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
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
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;

/**
 * The changes, in the order of their numbers, which is the order of their commits: who takes a number holds the counter's row
 * until its commit is done.
 */
final class JdbcChangeFeed implements ChangeFeed {

    private static final Logger log = LoggerFactory.getLogger(JdbcChangeFeed.class);

    /** So many are told to whoever has not asked for a while; who knows less starts anew. */
    private static final int TOLD = 1_000;

    /** So many are kept, so that whoever waits for a change finds it afterwards, also where many came after it. */
    private static final int KEPT = 10_000;

    private static final Position START = new Position(0, 0);

    /** For so long after its commit, at the least, a change of this process is looked for by those who confirm. */
    private static final Duration REMEMBERED = Duration.ofSeconds(10);

    private static final int MOST_OWN = 5_000;
    private static final int AT_ONCE = 500;

    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Database polled;
    private final Database database;
    private final List<DatabaseProduct.Required> required;
    private final String counterSql;
    private final SecureRandom random;

    /** Changes that this process has committed of late, oldest first. */
    private final Deque<Own> own = new ArrayDeque<>();

    private volatile Duration waitedFor = Duration.ZERO;

    private record Own(long mark, long at) {}

    /**
     * @param polled whose connection is there for the polls alone: requests that wait for one must not end the lease
     * @param database for all else
     * @param random what the marks of changes are drawn from
     */
    JdbcChangeFeed(Database polled, Database database, SecureRandom random) {
        this.random = random;
        this.polled = polled;
        this.database = database;
        this.required = polled.dialect().requiredOfPolls();
        this.counterSql =
                "SELECT change_number, mark, lease_millis, propagation_millis, (SELECT MAX(version) FROM ${p}schema_version), "
                        + DatabaseProduct.firstBroken(required) + " FROM ${p}change_counter WHERE id = 1";
    }

    /** The counter's row, of a server that is as it has to be. */
    private record Counter(Position newest, Duration lease, Duration confirmation, int version) {}

    private record Numbered(Position position, Change change) {}

    private Counter counter(Database from) {
        return from.query("reading the number of changes", from.sql(counterSql), none -> {}, this::readCounter).stream()
                .findFirst()
                .orElseThrow(() -> new StorageException("the row that counts changes is gone"));
    }

    /** By one statement, so that what the server is like was true when the number was read. */
    private Counter readCounter(ResultSet row) throws SQLException {
        DatabaseProduct.requireNone(required, row.getInt(6));
        return new Counter(
                new Position(row.getLong(1), row.getLong(2)),
                Duration.ofMillis(row.getLong(3)),
                Duration.ofMillis(row.getLong(4)),
                row.getInt(5));
    }

    /** One read of one row, and a second one only where something has changed. */
    @Override
    public Changes since(Position known) {
        Counter counter = counter(polled);
        if (counter.version() != Schema.version()) {
            throw new StorageException("the tables are of version " + counter.version() + " by now, and this version of"
                    + " lectern-auth caches tokens only with version " + Schema.version()
                    + ": replace this process by one of the newer version");
        }
        Position newest = counter.newest();
        long later = newest.number() - known.number();
        Optional<List<Change>> changes = later == 0 && known.equals(newest)
                ? Optional.of(List.of())
                : later <= 0 || later > TOLD ? Optional.empty() : between(known, newest);
        return new Changes(newest, counter.lease(), changes);
    }

    /** Empty unless each number is there, and the known position before them: servers may have answered that went apart. */
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

    /** No row stands for the time before the first change. */
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

    /** A mark for a change: drawn, so that no other server has it at the same number. */
    long newMark() {
        return random.nextLong();
    }

    /** Remembers a change that was committed. */
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

    /** Also a read of the counter's row, so that it is a writable server that has them. */
    @Override
    public boolean hasOwnChanges() {
        List<Long> marks;
        synchronized (own) {
            dropOldest(System.nanoTime());
            marks = own.stream().map(Own::mark).toList();
        }
        long newest = counter(database).newest().number();
        for (List<Long> some : Database.portions(marks, AT_ONCE)) {
            if (found(some, newest).size() < some.size()) {
                log.error(
                        "changes of this process that the database had acknowledged are not there: it was restored, or a server"
                                + " took over that had not received them; repeat the changes of the last seconds");
                return false;
            }
        }
        return true;
    }

    private List<Long> found(List<Long> marks, long newest) {
        String sql = "SELECT mark FROM ${p}changes WHERE change_number > ? AND mark IN (?"
                + ", ?".repeat(marks.size() - 1) + ")";
        return database.query(
                "looking for changes that were made",
                database.sql(sql),
                statement -> {
                    statement.setLong(1, newest - KEPT);
                    for (int i = 0; i < marks.size(); i++) {
                        statement.setLong(i + 2, marks.get(i));
                    }
                },
                row -> row.getLong(1));
    }

    /** A longer lease is waited for from the moment that it is given; a shorter one only when the longer ones have ended. */
    @Override
    public void setLease(Duration length) {
        if (length.isNegative() || length.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("lease: from zero to one minute, not " + length);
        }
        long millis = length.toMillis();
        long waitedFor = database.transaction("setting the length of leases", connection -> begin(connection, millis));
        if (waitedFor == millis) {
            return;
        }
        sleep(waitedFor + waitedFor / 100 + 1);
        database.transaction("shortening leases", connection -> end(connection, millis, waitedFor));
    }

    /** How long changes wait from now on. One more than before where it is not the new length: that names who has set it. */
    private long begin(Connection connection, long millis) throws SQLException {
        String older = database.sql("SELECT propagation_millis FROM ${p}change_counter WHERE id = 1 FOR UPDATE");
        long before = Database.query(connection, older, none -> {}, row -> row.getLong(1))
                .get(0);
        long waitedFor = millis >= before ? millis : before + 1;
        String set =
                database.sql("UPDATE ${p}change_counter SET lease_millis = ?, propagation_millis = ? WHERE id = 1");
        Database.update(connection, set, statement -> {
            statement.setLong(1, millis);
            statement.setLong(2, waitedFor);
        });
        return waitedFor;
    }

    /** Unless somebody else has set another length meanwhile: then leases of that one may be longer. */
    private int end(Connection connection, long millis, long waitedFor) throws SQLException {
        String set = database.sql(
                "UPDATE ${p}change_counter SET propagation_millis = ? WHERE id = 1 AND lease_millis = ? AND propagation_millis = ?");
        return Database.update(connection, set, statement -> {
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
            throw new StorageException("interrupted while older leases last", interrupted);
        }
    }

    /** Deletes what is told of no more; how many rows that were. */
    int dropOld() {
        long last = counter(database).newest().number() - KEPT;
        return database.transaction(
                "dropping old changes",
                connection -> Database.update(
                        connection,
                        database.sql("DELETE FROM ${p}changes WHERE change_number <= ?"),
                        statement -> statement.setLong(1, last)));
    }
}
