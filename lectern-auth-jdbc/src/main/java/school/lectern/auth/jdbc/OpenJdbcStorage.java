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
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;

/** The stores of a database that is open, with their connections and their background tasks. */
final class OpenJdbcStorage implements OpenStorage {

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

    /** What is done aside where the driver waits for ever; polls wait for no request there, either. */
    private final List<DeadlineExecutor> asides = new ArrayList<>();

    OpenJdbcStorage(
            JdbcStorage settings, Clocks clocks, DatabaseProduct dialect, String tables, boolean ignoresTimeouts) {
        IdleConnections kept = new IdleConnections(KEPT, KEPT_IDLE, KEPT_LENT, background);
        // Who waits for what is done aside is answered in time. There, the server's own bound ends the waiting for
        // rows:
        // to set another would be one more thing to ask it for.
        boolean bounded = dialect.embedded() && !ignoresTimeouts;
        this.borrowing = new ConnectionSource(settings.dataSource, settings.deadline, bounded, kept, dialect);
        DeadlineExecutor asking = ignoresTimeouts ? aside(ASIDE) : null;
        DeadlineExecutor changing = ignoresTimeouts ? aside(CHANGES_ASIDE) : null;
        DeadlineExecutor polled = ignoresTimeouts ? aside(POLLED_ASIDE) : null;
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
        Clocks limitClocks = settings.limitClock == null ? clocks : Clocks.of(settings.limitClock);
        this.limits = new SharedLimitStore(exactLimits, settings.deadline, limitClocks);
        this.clocks = clocks;
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

    @Override
    public TokenStore tokens() {
        return tokens;
    }

    /**
     * The limits, by the database's clock, shared by all processes: together they never admit more than a limit says. Each
     * takes some permits of a {@link RateLimit#fixed fixed} window ahead, and then hands them out without asking the database:
     * at 200 permits it asks for fewer than one call in ten. What one process holds, the others cannot have: near a window's
     * last permits, one may refuse while another has some left. Permits that were not used for five seconds are put back, and so are
     * those that are left at {@link #close}. A process that is killed loses what it holds, until the window ends. Limits that are not fixed are counted as {@link #exactLimits} does.
     */
    @Override
    public LimitStore limits() {
        return limits;
    }

    /**
     * The limits, counted exactly over all processes, at the cost of a transaction a call, by the database's clock. Both count
     * in the same rows, so that processes of either kind together never admit more than a limit says.
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
}
