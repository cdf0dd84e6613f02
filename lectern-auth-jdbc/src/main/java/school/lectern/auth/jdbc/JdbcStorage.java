package school.lectern.auth.jdbc;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.connection.ConnectionSource;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.DatabaseProducts;
import school.lectern.auth.jdbc.connection.DeadlineExecutor;
import school.lectern.auth.jdbc.connection.RedactedSqlException;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;

/**
 * A storage of tokens, limits and the audit log in a database: a value, which {@code LecternAuth} opens and closes. The
 * {@link DataSource} is the application's, and so are its driver and its pool, which must provide at least two connections, with
 * autocommit on. Supported databases: H2, PostgreSQL, MariaDB. Immutable.
 *
 * <pre>{@code
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
 *         .storage(JdbcStorage.of(dataSource))
 *         .open();
 * }</pre>
 *
 * <p>The tables are created if they are missing, and upgraded if they are of an older version; {@link Builder#existingTables}
 * turns that off. One writable primary must serve every read: a replica that lags would show revoked tokens as valid.
 */
public final class JdbcStorage implements Storage {

    /** The audit row, the change number and the commit are each waited for at most five seconds. */
    private static final Duration LEAST_SETTLING = Duration.ofSeconds(15);

    /** A pool may have to connect to a server far away. */
    private static final Duration SECOND_CONNECTION = Duration.ofSeconds(5);

    final DataSource dataSource;
    private final String prefix;
    private final boolean createsTables;
    private final boolean oneGaleraWriter;
    private final List<String> schemaFiles;
    final Duration deadline;
    final Duration auditSettling;
    final @Nullable Clock limitClock;
    final SecureRandom random;
    private final int revokedAtOnce;

    private JdbcStorage(Builder settings) {
        this.dataSource = settings.dataSource;
        this.prefix = settings.prefix;
        this.createsTables = settings.createsTables;
        this.oneGaleraWriter = settings.oneGaleraWriter;
        this.schemaFiles = settings.schemaFiles;
        this.deadline = settings.deadline;
        this.auditSettling = settings.auditSettling;
        this.limitClock = settings.limitClock;
        this.random = settings.random;
        this.revokedAtOnce = settings.revokedAtOnce;
    }

    /** Returns a storage in the database with the default settings. */
    public static JdbcStorage of(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /** Starts the configuration of a storage in the database. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /**
     * Opens the storage with the clocks of the system, for an application that uses it apart from {@code LecternAuth}, or for
     * several of them. The caller closes it.
     *
     * @throws StorageException as {@link #open(StorageContext)}
     */
    public OpenStorage open() {
        return open(StorageContext.of(Clocks.system()));
    }

    /**
     * Opens the storage. The caller closes it.
     *
     * @throws StorageException if the database cannot be reached, is of an unsupported kind, has a setting by which
     *     it could lose what was committed or take one text for another, or has not the tables of this version; or if
     *     the connections come with autocommit off
     */
    @Override
    public OpenStorage open(StorageContext context) {
        Ready ready = prepare();
        return new OpenJdbcStorage(this, context.clocks(), ready.product(), ready.tables(), ready.ignoresTimeouts());
    }

    /** A database that has been checked, and whose tables are there. */
    private record Ready(DatabaseProduct product, String tables, boolean ignoresTimeouts) {}

    private Ready prepare() {
        try (Connection connection = ConnectionSource.checked(dataSource.getConnection())) {
            DatabaseProduct known = DatabaseProducts.of(connection);
            DatabaseProduct product = (oneGaleraWriter ? known.withOneGaleraWriter() : known).forConnection(connection);
            product.requireNoTransaction(connection);
            requireAnother();
            product.makeDurable(connection);
            Schema schema = new Schema(connection, product, prefix, schemaFiles);
            if (createsTables) {
                // Where two connections alter a table at once, H2 leaves a copy of it behind; they are of one
                // process.
                synchronized (JdbcStorage.class) {
                    schema.create();
                }
            }
            schema.check();
            product.checkTables(connection, prefix);
            return new Ready(product, schema.tables(), product.ignoresTimeouts(connection));
        } catch (SQLException failed) {
            RedactedSqlException why = RedactedSqlException.of(failed);
            throw new StorageException("the storage cannot be opened: " + why.getMessage(), why);
        }
    }

    /** While one connection is lent: polls keep one for themselves, which no request may have to wait for. */
    private void requireAnother() throws SQLException {
        DeadlineExecutor asking = new DeadlineExecutor("connection", 1);
        try {
            asking.inTime(
                            SECOND_CONNECTION,
                            callerGone -> ConnectionSource.checked(dataSource.getConnection()),
                            Connection::close)
                    .close();
        } catch (SQLException none) {
            throw new StorageException(
                    "the DataSource lends no second connection while one is in use; this library needs at least two: set the"
                            + " pool's maximum size to more, by one for each process that caches",
                    RedactedSqlException.of(none));
        } finally {
            WorkerThreads.close(Duration.ZERO, asking.threads());
        }
    }

    /** Readers of the audit log wait for the settling time, a third of which is left for the commit. */
    BulkRevocation.Bounds bulk() {
        Duration settling = auditSettling.compareTo(LEAST_SETTLING) < 0 ? LEAST_SETTLING : auditSettling;
        return new BulkRevocation.Bounds(revokedAtOnce, settling.multipliedBy(2).dividedBy(3));
    }

    /** Configures a {@link JdbcStorage}. */
    public static final class Builder {
        private final DataSource dataSource;
        private String prefix = "lectern_";
        private boolean createsTables = true;
        private boolean oneGaleraWriter;
        private Duration deadline = Duration.ofMillis(500);
        private Duration auditSettling = LEAST_SETTLING;
        private @Nullable Clock limitClock;
        private int revokedAtOnce = 1_000;
        private SecureRandom random = new SecureRandom();
        private List<String> schemaFiles = Schema.FILES;

        private Builder(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /**
         * What the names of the tables start with; {@code lectern_} unless set.
         *
         * @throws IllegalArgumentException unless it is a-z, then at most 29 of a-z, 0-9 and _
         */
        public Builder tablePrefix(String value) {
            if (!value.matches("[a-z][a-z0-9_]{0,29}")) {
                throw new IllegalArgumentException("tablePrefix: a-z, then at most 29 of a-z, 0-9 and _");
            }
            this.prefix = value;
            return this;
        }

        /**
         * Requires that the tables exist, in the version of this library: run the files under {@code ddl} yourself. By default, the
         * tables are created if they are missing, and upgraded if they are of an older version. Several processes may do so
         * concurrently, and a start that was interrupted is resumed by the next start; the database user needs the right to create
         * and alter tables.
         *
         * @return this builder
         */
        public Builder existingTables() {
            this.createsTables = false;
            return this;
        }

        /**
         * How long a request waits for the database: for its token, for its permit and for its audit row, each with whatever
         * connection that needs; 500 ms unless set. What takes longer is a server error, and then nothing more is waited for.
         * So a server that is merely slow holds a decision up for three times as long, and one that does not answer for once as
         * long; the guide to operations names the rare waits that come on top. It should be less than the pool's own time.
         *
         * @throws IllegalArgumentException unless it is from 10 ms to one minute
         */
        public Builder deadline(Duration time) {
            if (time.compareTo(Duration.ofMillis(10)) < 0 || time.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalArgumentException("deadline: from 10 ms to one minute, not " + time);
            }
            this.deadline = time;
            return this;
        }

        /**
         * Sets how long after it was written an audit row is returned to readers that {@linkplain AuditLog#readWritten follow}
         * the log; 15 seconds unless set. A row whose transaction commits later than this after it was written is missed by such
         * a reader, so set more where the database may take longer: for example where many tokens are revoked together, or
         * where commits wait for a standby.
         *
         * @throws IllegalArgumentException unless the time is from 15 seconds to one day
         */
        public Builder auditSettling(Duration time) {
            if (time.compareTo(LEAST_SETTLING) < 0 || time.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("auditSettling must be from 15 seconds to one day, was " + time);
            }
            return settleIn(time);
        }

        /** For tests, which know how long their transactions take, except for that of a whole group on a busy machine. */
        Builder settleIn(Duration time) {
            this.auditSettling = time;
            return this;
        }

        /**
         * Declares that all processes use one and the same node of a Galera cluster for everything, through a proxy that fails over
         * to another node as a whole. Unless declared, a node of a cluster is refused: its nodes do not wait for each other's locks,
         * so that limits would admit too many, and two tokens could have one unique name.
         */
        public Builder galeraWithOneWriter() {
            this.oneGaleraWriter = true;
            return this;
        }

        /** The randomness; the system's unless set. It marks changes and counters, and keeps nothing secret. */
        public Builder random(SecureRandom source) {
            this.random = source;
            return this;
        }

        /** For tests: counts limits by this clock instead of the database's and the machine's. */
        Builder limitClock(Clock clock) {
            this.limitClock = clock;
            return this;
        }

        /** For tests, which make no thousands of tokens: how many tokens of a group are revoked by one statement. */
        Builder revokedAtOnce(int tokens) {
            this.revokedAtOnce = tokens;
            return this;
        }

        /** For tests of upgrades: the files of other versions than those of {@link Schema#FILES}. */
        Builder schemaFiles(List<String> files) {
            this.schemaFiles = files;
            return this;
        }

        /** Returns the storage. */
        public JdbcStorage build() {
            return new JdbcStorage(this);
        }
    }
}
