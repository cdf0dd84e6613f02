package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;

/**
 * The changes, in the order of their numbers, which is the order of their commits: who takes a number holds the counter's row
 * until its commit is done.
 */
final class JdbcChangeFeed implements ChangeFeed {

    /** So many are kept, and told of to whoever has not asked for a while; who knows less starts anew. */
    private static final int KEPT = 1_000;

    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Database polled;
    private final Database database;

    /**
     * @param polled whose connection is there for the polls alone: requests that wait for one must not end the lease
     * @param database for all else
     */
    JdbcChangeFeed(Database polled, Database database) {
        this.polled = polled;
        this.database = database;
    }

    /** The counter's row. */
    private record Counter(long number, Duration lease, Duration confirmation) {
        static Counter read(ResultSet row) throws SQLException {
            return new Counter(row.getLong(1), Duration.ofMillis(row.getLong(2)), Duration.ofMillis(row.getLong(3)));
        }
    }

    private record Numbered(long number, Change change) {}

    private Counter counter(Database from) {
        return from
                .query(
                        "reading the number of changes",
                        from.sql("SELECT number, lease_millis, confirm_millis FROM ${p}counter WHERE id = 1"),
                        none -> {},
                        Counter::read)
                .stream()
                .findFirst()
                .orElseThrow(() -> new StorageException("the row that counts changes is gone"));
    }

    /** One read of one row, and a second one only where something has changed. */
    @Override
    public Changes since(long known) {
        Counter counter = counter(polled);
        long later = Math.max(0, counter.number() - known);
        Optional<List<Change>> changes = later == 0
                ? Optional.of(List.of())
                : later > KEPT ? Optional.empty() : between(known, counter.number());
        return new Changes(counter.number(), counter.lease(), changes);
    }

    /** Empty unless each number is there. */
    private Optional<List<Change>> between(long known, long number) {
        List<Numbered> found = polled.query(
                "reading changes",
                polled.sql("SELECT number, token_uuid, tenant_id FROM ${p}changes WHERE number > ? AND number <= ?"
                        + " ORDER BY number"),
                statement -> {
                    statement.setLong(1, known);
                    statement.setLong(2, number);
                },
                row -> new Numbered(row.getLong(1), change(row.getString(2), row.getString(3))));
        boolean whole = found.size() == number - known;
        return whole ? Optional.of(found.stream().map(Numbered::change).toList()) : Optional.empty();
    }

    private static Change change(@Nullable String tokenId, @Nullable String tenantId) {
        if (tokenId != null) {
            return new Change.OfToken(tokenId);
        }
        return tenantId != null ? new Change.OfTenant(tenantId) : new Change.OfAny();
    }

    @Override
    public Duration confirmation() {
        return counter(database).confirmation();
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
        String older = database.sql("SELECT confirm_millis FROM ${p}counter WHERE id = 1 FOR UPDATE");
        long before = Database.query(connection, older, none -> {}, row -> row.getLong(1))
                .get(0);
        long waitedFor = millis >= before ? millis : before + 1;
        String set = database.sql("UPDATE ${p}counter SET lease_millis = ?, confirm_millis = ? WHERE id = 1");
        Database.update(connection, set, statement -> {
            statement.setLong(1, millis);
            statement.setLong(2, waitedFor);
        });
        return waitedFor;
    }

    /** Unless somebody else has set another length meanwhile: then leases of that one may be longer. */
    private int end(Connection connection, long millis, long waitedFor) throws SQLException {
        String set = database.sql(
                "UPDATE ${p}counter SET confirm_millis = ? WHERE id = 1 AND lease_millis = ? AND confirm_millis = ?");
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
        long last = counter(database).number() - KEPT;
        return database.transaction(
                "dropping old changes",
                connection -> Database.update(
                        connection,
                        database.sql("DELETE FROM ${p}changes WHERE number <= ?"),
                        statement -> statement.setLong(1, last)));
    }
}
