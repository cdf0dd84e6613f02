package school.lectern.auth.jdbc;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.connection.ConnectionSource;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.DatabaseProducts;
import school.lectern.auth.jdbc.connection.DeadlineExecutor;
import school.lectern.auth.jdbc.connection.RedactedSqlException;
import school.lectern.auth.setting.SetOnce;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;

/**
 * A storage of tokens, limits and the audit log in a database, which {@code LecternAuth} opens and closes. The application
 * supplies the {@link DataSource}, with its driver and its pool. The pool must provide at least two connections, with
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

    /** The audit row, the change number and the commit may each take up to five seconds. */
    private static final Duration LEAST_SETTLING = Duration.ofSeconds(15);

    /** The time for the second connection: a pool may have to connect to a distant server. */
    private static final Duration SECOND_CONNECTION = Duration.ofSeconds(5);

    final DataSource dataSource;
    private final String prefix;
    private final boolean createsTables;
    private final boolean oneGaleraWriter;
    private final List<String> schemaFiles;
    private final int readerVersion;
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
        this.readerVersion = settings.readerVersion;
        this.deadline = settings.deadline;
        this.auditSettling = settings.auditSettling;
        this.limitClock = settings.limitClock;
        this.random = settings.random;
        this.revokedAtOnce = settings.revokedAtOnce;
    }

    /**
     * {@return a storage in the database, with the default settings}
     *
     * @param dataSource the application's DataSource, which the storage never closes
     */
    public static JdbcStorage of(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /**
     * {@return a builder of a storage in the database, with the default settings}
     *
     * @param dataSource the application's DataSource, which the storage never closes
     */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /**
     * Opens the storage with the clocks of the system, for an application that uses it without {@code LecternAuth}, or for
     * several instances of {@code LecternAuth}.
     *
     * @return the open storage, which the caller must close
     * @throws StorageException as {@link #open(StorageContext)}
     */
    public OpenStorage open() {
        return open(StorageContext.of(Clocks.system()));
    }

    /**
     * Opens the storage. The caller must close it.
     *
     * @throws StorageException if the database cannot be reached or is not supported, has a setting with which committed data
     *     could be lost or different texts be considered equal, or does not have the tables of this version; or if the
     *     DataSource supplies connections with autocommit off, or no second connection while one is in use
     */
    @Override
    public OpenStorage open(StorageContext context) {
        Ready ready = prepare();
        return new OpenJdbcStorage(this, context, ready.product(), ready.tables(), ready.ignoresTimeouts());
    }

    /** A database that meets the requirements and has the tables of this version. */
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
                // If two connections alter a table concurrently, H2 leaves a copy of the table behind. Both
                // connections belong to this process, so this lock prevents that.
                synchronized (JdbcStorage.class) {
                    schema.create();
                }
            }
            schema.check();
            product.checkTables(connection, prefix);
            DatabaseProduct fenced =
                    product.withCheckOfEachLookup(connection, VersionFence.required(schema.tables(), readerVersion));
            return new Ready(fenced, schema.tables(), fenced.ignoresTimeouts(connection));
        } catch (SQLException failed) {
            RedactedSqlException why = RedactedSqlException.of(failed);
            throw new StorageException("the storage cannot be opened: " + why.getMessage(), why);
        }
    }

    /** Requires a second connection while one is in use: polls keep one, and requests must not have to wait for it. */
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
                    "the DataSource supplies no second connection while one is in use, and this library needs at least two:"
                            + " increase the pool's maximum size, by one for each process that caches",
                    RedactedSqlException.of(none));
        } finally {
            WorkerThreads.close(Duration.ZERO, asking.threads());
        }
    }

    /**
     * Two thirds of the settling time, which readers of the audit log wait for, are for the audit rows, and the rest for the
     * commit.
     */
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
        private int readerVersion = Schema.version();

        private final SetOnce set = new SetOnce();

        private Builder(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /**
         * Sets defaults: each applies unless the setting is also set outside this method, before or after. For code that
         * configures the builder from two sources, such as a framework from its properties and from the application's own code.
         *
         * @param settings sets the defaults on this builder; called immediately
         * @return this builder
         */
        public Builder defaults(Consumer<Builder> settings) {
            return set.defaults(this, settings);
        }

        /**
         * Sets the prefix of the tables' names. Default: {@code lectern_}.
         *
         * @param value the prefix: a letter a-z, followed by at most 29 characters of a-z, 0-9 and _
         * @return this builder
         * @throws IllegalArgumentException if the prefix does not have this form
         */
        public Builder tablePrefix(String value) {
            if (!value.matches("[a-z][a-z0-9_]{0,29}")) {
                throw new IllegalArgumentException(
                        "tablePrefix must be a letter a-z, followed by at most 29 of a-z, 0-9 and _, was " + value);
            }
            if (set.applies("tablePrefix")) {
                this.prefix = value;
            }
            return this;
        }

        /**
         * Requires that the tables exist, in the version of this library: run the files under {@code ddl} yourself. By default,
         * the tables are created if they are missing, and upgraded if they are of an older version. Several processes may do so
         * concurrently, and a start that was interrupted is resumed by the next start. The database user needs the right to
         * create and alter tables.
         *
         * @return this builder
         */
        public Builder existingTables() {
            this.createsTables = false;
            return this;
        }

        /**
         * Sets the maximum time for which a request waits for the database: once for its token, once for its permit, and once
         * for its audit row, each including the time to get a connection. Default: 500 ms. If a wait takes longer, the request
         * fails with a server error, and does not wait again. So a slow server can delay a decision by up to three times this
         * time, and a server that does not respond by this time; the guide to monitoring lists the rare additional waits. Set a
         * time that is shorter than the pool's connection timeout.
         *
         * @param time the time, from 10 ms to 1 minute
         * @return this builder
         * @throws IllegalArgumentException if the time is outside this range
         */
        public Builder deadline(Duration time) {
            if (time.compareTo(Duration.ofMillis(10)) < 0 || time.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalArgumentException("deadline must be between 10 ms and 1 minute, was " + time);
            }
            if (set.applies("deadline")) {
                this.deadline = time;
            }
            return this;
        }

        /**
         * Sets the time after its insert from which an audit row is returned to readers that
         * {@linkplain AuditLog#readWritten follow} the log. Default: 15 seconds. Such a reader misses a row whose transaction
         * commits later than this after the insert, so set a longer time if the database may take longer: for example if large
         * groups of tokens are revoked, or if commits wait for a standby.
         *
         * @param time the time, from 15 seconds to 1 day
         * @return this builder
         * @throws IllegalArgumentException if the time is outside this range
         */
        public Builder auditSettling(Duration time) {
            if (time.compareTo(LEAST_SETTLING) < 0 || time.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException("auditSettling must be between 15 seconds and 1 day, was " + time);
            }
            return set.applies("auditSettling") ? settleIn(time) : this;
        }

        /** For tests, whose transactions are short, except for the revocation of a group on a busy machine. */
        Builder settleIn(Duration time) {
            this.auditSettling = time;
            return this;
        }

        /**
         * Declares that all processes use the same node of a Galera cluster for all statements, for example through a proxy
         * that fails over to another node for all processes together. Without this declaration, a node of a cluster is
         * rejected: the nodes do not wait for each other's locks, so limits would admit too many calls, and two tokens could
         * have the same unique name.
         *
         * @return this builder
         */
        public Builder galeraWithOneWriter() {
            this.oneGaleraWriter = true;
            return this;
        }

        /**
         * Sets the source of the random marks of changes and counters, which are not secrets. Default: a new
         * {@link SecureRandom}.
         *
         * @param source the source
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            if (set.applies("random")) {
                this.random = source;
            }
            return this;
        }

        /** For tests: counts limits by this clock, in place of the clocks of the database and of the machine. */
        Builder limitClock(Clock clock) {
            this.limitClock = clock;
            return this;
        }

        /** For tests with few tokens: the number of tokens of a group that one statement revokes. */
        Builder revokedAtOnce(int tokens) {
            this.revokedAtOnce = tokens;
            return this;
        }

        /** For tests of upgrades: the files of other versions, in place of {@link Schema#FILES}. */
        Builder schemaFiles(List<String> files) {
            this.schemaFiles = files;
            return this;
        }

        /** For tests: the version of the settings of tokens that the storage has, in place of {@link Schema#version}. */
        Builder readerVersion(int version) {
            this.readerVersion = version;
            return this;
        }

        /** {@return a storage with these settings} */
        public JdbcStorage build() {
            return new JdbcStorage(this);
        }
    }
}
