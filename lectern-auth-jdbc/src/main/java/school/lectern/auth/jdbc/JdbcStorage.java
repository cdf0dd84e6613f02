package school.lectern.auth.jdbc;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.jdbc.connection.ConnectionSource;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.DeadlineExecutor;
import school.lectern.auth.jdbc.connection.IdleConnections;
import school.lectern.auth.jdbc.connection.RedactedSqlException;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.thread.WorkerThreads;

/**
 * Keeps tokens, limits and the audit log in a database. A {@link DataSource} goes in: drivers and pools are the
 * application's. Safe for use by many threads and many processes at once; {@link #close} it when the application stops.
 *
 * <pre>{@code
 * JdbcStorage storage = JdbcStorage.builder(dataSource).tablePrefix("lectern_").createTables().open();
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, storage.tokens())
 *         .limits(storage.limits())
 *         .audit(storage.audit(), AuditMode.DURABLE)
 *         .build();
 * }</pre>
 *
 * <p>One writable primary must serve every read: a replica that lags would show revoked tokens as good. The pool has to lend
 * connections with autocommit on. Databases: H2, PostgreSQL, MariaDB.
 */
public final class JdbcStorage implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(JdbcStorage.class);

    /** Requests that come one upon the other use one connection, and leave it to the application as soon as they pause. */
    private static final int KEPT = 4;

    private static final Duration KEPT_IDLE = Duration.ofMillis(5);
    private static final Duration KEPT_LENT = Duration.ofMillis(100);

    /** Polls come several times in the length of a lease, and are not to wait for anybody: theirs is kept between them. */
    private static final Duration POLLED_IDLE = Duration.ofSeconds(5);

    private static final Duration POLLED_LENT = Duration.ofMinutes(5);

    /** A few more than pools have connections, and polls, of which each may be stuck for as long as the server is silent. */
    private static final int ASIDE = 32;

    /** Changes wait longer, for rows that others hold: they are not to keep requests from their turn. */
    private static final int CHANGES_ASIDE = 16;

    private static final int POLLED_ASIDE = 8;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    /** The audit row, the change number and the commit are each waited for at most five seconds. */
    private static final Duration LEAST_SETTLING = Duration.ofSeconds(15);

    /** A pool may have to connect to a server far away. */
    private static final Duration SECOND_CONNECTION = Duration.ofSeconds(5);

    private final JdbcTokenStore tokens;
    private final JdbcLimitStore exactLimits;
    private final SharedLimitStore limits;
    private final JdbcAuditLog audit;
    private final WorkerThreads backgroundThreads = new WorkerThreads("lectern-auth-storage");
    private final ScheduledThreadPoolExecutor background = new ScheduledThreadPoolExecutor(2, backgroundThreads);

    private final ConnectionSource borrowing;
    private final ConnectionSource polling;
    private final JdbcChangeFeed changes;

    /** What is done aside where the driver waits for ever; polls wait for no request there, either. */
    private final List<DeadlineExecutor> asides = new ArrayList<>();

    private JdbcStorage(Builder settings, DatabaseProduct dialect, String tables, boolean patient) {
        IdleConnections kept = new IdleConnections(KEPT, KEPT_IDLE, KEPT_LENT, background);
        // Who waits for what is done aside is answered in time. There, the server's own bound ends the waiting for
        // rows:
        // to set another would be one more thing to ask it for.
        boolean bounded = dialect.embedded() && !patient;
        this.borrowing = new ConnectionSource(settings.dataSource, settings.deadline, bounded, kept, dialect);
        DeadlineExecutor asking = patient ? aside(ASIDE) : null;
        DeadlineExecutor changing = patient ? aside(CHANGES_ASIDE) : null;
        DeadlineExecutor polled = patient ? aside(POLLED_ASIDE) : null;
        Database database = new Database(borrowing, asking, changing, dialect, tables);
        this.audit = new JdbcAuditLog(database, settings.deadline, settings.auditSettling);
        this.polling = new ConnectionSource(
                settings.dataSource,
                settings.deadline,
                bounded,
                new IdleConnections(1, POLLED_IDLE, POLLED_LENT, background),
                dialect);
        this.changes =
                new JdbcChangeFeed(new Database(polling, polled, polled, dialect, tables), database, settings.random);
        this.tokens = new JdbcTokenStore(
                database, changes, audit, new TenantRows(database, settings.auditSettling), settings.bulk());
        this.exactLimits = new JdbcLimitStore(database, settings.deadline, settings.limitClock, settings.random);
        Clock limitClock = settings.limitClock == null ? Clock.systemUTC() : settings.limitClock;
        this.limits = new SharedLimitStore(exactLimits, settings.deadline, limitClock);
        // What gives idle connections back is not waited for at the end: close() does.
        background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        ScheduledFuture<?> unused = background.scheduleWithFixedDelay(this::clean, 1, 1, TimeUnit.MINUTES);
        ScheduledFuture<?> unusedToo = background.scheduleWithFixedDelay(this::putBackIdle, 1, 1, TimeUnit.SECONDS);
    }

    private DeadlineExecutor aside(int atOnce) {
        DeadlineExecutor aside = new DeadlineExecutor("answer", atOnce);
        asides.add(aside);
        return aside;
    }

    private void clean() {
        try {
            limits.dropEnded();
            exactLimits.dropIdle();
            changes.dropOld();
        } catch (RuntimeException failed) {
            log.warn(
                    "what is needed no more could not be dropped, and will be another time",
                    RedactedFailure.of(failed));
        }
    }

    private void putBackIdle() {
        try {
            limits.putBackIdle();
        } catch (RuntimeException failed) {
            log.warn("putting back unused permits failed; will continue in 1 second", RedactedFailure.of(failed));
        }
    }

    /** Starts the configuration of a storage in that database. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /** The tokens. */
    public TokenStore tokens() {
        return tokens;
    }

    /**
     * Tells caches of changes. A cache of the tokens asks for it by itself; here it is for whoever sets
     * {@linkplain ChangeFeed#setLease the length of leases}.
     */
    public ChangeFeed changes() {
        return changes;
    }

    /**
     * The limits, by the database's clock, shared by all processes: together they never admit more than a limit says. Each
     * takes some permits of a {@link RateLimit#fixed fixed} window ahead, and then hands them out without asking the database:
     * at 200 permits it asks for fewer than one call in ten. What one process holds, the others cannot have: near a window's
     * last permits, one may refuse while another has some left. Permits that were not used for five seconds are put back, and so are
     * those that are left at {@link #close}. A process that is killed loses what it holds, until the window ends. Limits that are not fixed are counted as {@link #exactLimits} does.
     */
    public LimitStore limits() {
        return limits;
    }

    /**
     * The limits, counted exactly over all processes, at the cost of a transaction a call, by the database's clock. Both count
     * in the same rows, so that processes of either kind together never admit more than a limit says.
     */
    public LimitStore exactLimits() {
        return exactLimits;
    }

    /** The audit log. */
    public AuditLog audit() {
        return audit;
    }

    /**
     * Puts back the permits that were taken ahead, writes what the audit log still holds, and stops. Returns when the storage's threads have
     * ended; a thread that waits for a server which has stopped answering is interrupted after five seconds. The DataSource is left open:
     * it is the application's.
     */
    @Override
    public void close() {
        background.shutdown();
        limits.close();
        audit.close();
        borrowing.close();
        polling.close();
        List<WorkerThreads.Pool> pools = new ArrayList<>();
        pools.add(new WorkerThreads.Pool(background, backgroundThreads));
        pools.add(borrowing.threads());
        pools.add(polling.threads());
        asides.forEach(aside -> pools.add(aside.threads()));
        WorkerThreads.close(CLOSE_PATIENCE, pools.toArray(WorkerThreads.Pool[]::new));
    }

    /** Configures a {@link JdbcStorage}. */
    public static final class Builder {
        private final DataSource dataSource;
        private String prefix = "lectern_";
        private boolean create;
        private boolean oneGaleraWriter;
        private Duration deadline = Duration.ofMillis(500);
        private Duration auditSettling = LEAST_SETTLING;
        private @Nullable Clock limitClock;
        private int revokedAtOnce = 1_000;
        private SecureRandom random = new SecureRandom();
        private List<String> schemaFiles = Schema.FILES;

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
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
         * Creates the tables if they are missing, and upgrades them if they are of an older version. Several processes may do so
         * concurrently, and a start that was interrupted is resumed by the next start. The user needs the right to create and alter
         * tables. Without this setting, run the files under {@code ddl} yourself.
         */
        public Builder createTables() {
            this.create = true;
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

        /** Readers of the audit log wait for the settling time, a third of which is left for the commit. */
        private BulkRevocation.Bounds bulk() {
            Duration settling = auditSettling.compareTo(LEAST_SETTLING) < 0 ? LEAST_SETTLING : auditSettling;
            return new BulkRevocation.Bounds(
                    revokedAtOnce, settling.multipliedBy(2).dividedBy(3));
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

        /**
         * Opens the storage.
         *
         * @throws StorageException if the database cannot be reached, is of an unsupported kind, has a setting by which
         *     it could lose what was committed or take one text for another, or has not the tables of this version; or if
         *     the connections come with autocommit off
         */
        public JdbcStorage open() {
            try (Connection connection = ConnectionSource.checked(dataSource.getConnection())) {
                DatabaseProduct known = DatabaseProduct.of(connection);
                DatabaseProduct dialect =
                        (oneGaleraWriter ? known.withOneGaleraWriter() : known).forConnection(connection);
                dialect.requireNoTransaction(connection);
                requireAnother();
                dialect.makeDurable(connection);
                Schema schema = new Schema(connection, dialect, prefix, schemaFiles);
                if (create) {
                    // Where two connections alter a table at once, H2 leaves a copy of it behind; they are of one
                    // process.
                    synchronized (Builder.class) {
                        schema.create();
                    }
                }
                schema.check();
                dialect.checkTables(connection, prefix);
                return new JdbcStorage(this, dialect, schema.tables(), dialect.ignoresTimeouts(connection));
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
                                hasLeft -> ConnectionSource.checked(dataSource.getConnection()),
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
    }
}
