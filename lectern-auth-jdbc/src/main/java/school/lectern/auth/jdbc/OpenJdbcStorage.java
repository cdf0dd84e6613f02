package school.lectern.auth.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.jdbc.connection.ConnectionSource;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.DeadlineExecutor;
import school.lectern.auth.jdbc.connection.IdleConnections;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;

/** The stores of an open database, with their connections and their background tasks. */
final class OpenJdbcStorage implements OpenStorage {

    private static final Logger log = LoggerFactory.getLogger(JdbcStorage.class);

    /** Requests in quick succession reuse a connection; after a short pause, it goes back to the application's pool. */
    private static final int KEPT = 4;

    private static final Duration KEPT_IDLE = Duration.ofMillis(5);
    private static final Duration KEPT_LENT = Duration.ofMillis(100);

    /** Polls run several times per lease and must not wait for a connection: so their connection is kept between polls. */
    private static final Duration POLLED_IDLE = Duration.ofSeconds(5);

    private static final Duration POLLED_LENT = Duration.ofMinutes(5);

    /**
     * The threads for requests, if the driver ignores timeouts: a few more than a pool usually has connections, since each may
     * be blocked for as long as the server does not respond.
     */
    private static final int ASIDE = 32;

    /** The threads for changes: these may wait longer, for row locks, and must not take the threads of requests. */
    private static final int CHANGES_ASIDE = 16;

    /** The threads for polls, which must not wait for requests or changes. */
    private static final int POLLED_ASIDE = 8;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final Clocks clocks;
    private final JdbcTokenStore tokens;
    private final JdbcLimitStore exactLimits;
    private final SharedLimitStore limits;
    private final JdbcAuditLog audit;
    private final WorkerThreads backgroundThreads = new WorkerThreads("lectern-auth-storage");
    private final ScheduledThreadPoolExecutor background = new ScheduledThreadPoolExecutor(2, backgroundThreads);

    private final ConnectionSource borrowing;
    private final ConnectionSource polling;
    private final JdbcChangeFeed changes;

    /** The executors for a driver that ignores timeouts; empty for any other driver. */
    private final List<DeadlineExecutor> asides = new ArrayList<>();

    OpenJdbcStorage(
            JdbcStorage settings,
            StorageContext context,
            DatabaseProduct dialect,
            String tables,
            boolean ignoresTimeouts) {
        IdleConnections kept = new IdleConnections(KEPT, KEPT_IDLE, KEPT_LENT, background);
        // The lock timeout is set only if the driver supports timeouts. Otherwise callers stop waiting by themselves,
        // and the server's own lock timeout applies, which saves a call to the server.
        boolean bounded = dialect.embedded() && !ignoresTimeouts;
        this.borrowing = new ConnectionSource(settings.dataSource, settings.deadline, bounded, kept, dialect);
        DeadlineExecutor asking = ignoresTimeouts ? aside(ASIDE) : null;
        DeadlineExecutor changing = ignoresTimeouts ? aside(CHANGES_ASIDE) : null;
        DeadlineExecutor polled = ignoresTimeouts ? aside(POLLED_ASIDE) : null;
        Database database = new Database(borrowing, asking, changing, dialect, tables);
        this.audit = new JdbcAuditLog(database, settings.deadline, settings.auditSettling, context.metrics());
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
        this.clocks = context.clocks();
        Clocks limitClocks = settings.limitClock == null ? clocks : Clocks.of(settings.limitClock);
        this.limits = new SharedLimitStore(exactLimits, settings.deadline, limitClocks);
        // Delayed tasks do not run after the shutdown: close() itself releases the idle connections.
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
            log.warn("cleanup of expired rows failed; will retry in 1 minute", RedactedFailure.of(failed));
        }
    }

    private void putBackIdle() {
        try {
            limits.putBackIdle();
        } catch (RuntimeException failed) {
            log.warn("returning unused permits failed; will continue in 1 second", RedactedFailure.of(failed));
        }
    }

    @Override
    public TokenStore tokens() {
        return tokens;
    }

    /**
     * Returns the limits by the database's clock, shared by all processes: together, the processes never admit more calls than
     * a limit allows. Each process acquires permits of a {@link RateLimit#fixed fixed} window in batches, and then grants them
     * without a query: with a limit of 200 permits, fewer than one call in ten queries the database. Permits that one process
     * has acquired are not available to the others: when a window's permits are nearly used up, one process may deny a call
     * while another process has permits left. Permits that were not used for five seconds are returned, as are the remaining
     * ones at {@link #close}. The permits of a process that is killed are lost until the window ends. Limits that are not fixed
     * are counted as by {@link #exactLimits}.
     */
    @Override
    public LimitStore limits() {
        return limits;
    }

    /**
     * Returns the limits by the database's clock, counted exactly over all processes, at the cost of one transaction per call.
     * They use the same rows as {@link #limits}, so processes of both kinds together never admit more calls than a limit
     * allows.
     */
    @Override
    public LimitStore exactLimits() {
        return exactLimits;
    }

    @Override
    public AuditLog audit() {
        return audit;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Clocks clocks() {
        return clocks;
    }

    /**
     * Gives unused permits back, writes the audit rows that are still buffered, and stops. Returns when the storage's threads
     * have ended; a thread that waits for a server that has stopped responding is interrupted after five seconds. The
     * DataSource stays open: it belongs to the application.
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
}
