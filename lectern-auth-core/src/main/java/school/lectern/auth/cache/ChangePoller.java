package school.lectern.auth.cache;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.cache.CacheStatus.PollFailure;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.time.StoreTime;

/**
 * Polls for changes at short intervals, applies them, and only then renews the lease. It has one thread of its own, regardless
 * of the number of tokens.
 */
final class ChangePoller implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ChangePoller.class);

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final ChangeFeed feed;
    private final TokenCache entries;
    private final Clocks clocks;
    private final AuthMetrics metrics;
    private final Moment started;
    private final WorkerThreads threads = new WorkerThreads("lectern-auth-changes");
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(threads);

    private volatile @Nullable CacheLease lease;

    private volatile Optional<StoreTime> time = Optional.empty();

    // Written by the polling thread, and read by any thread that asks for the status.
    private volatile Position known = Position.NONE;
    private volatile boolean failing;
    private volatile @Nullable PollFailure lastFailure;

    ChangePoller(ChangeFeed feed, TokenCache entries, Clocks clocks, AuthMetrics metrics) {
        this.feed = feed;
        this.entries = entries;
        this.clocks = clocks;
        this.metrics = metrics;
        this.started = clocks.now();
    }

    void start(Duration every) {
        ScheduledFuture<?> unused =
                thread.scheduleWithFixedDelay(this::pollOrWarn, 0, every.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * {@return the newest lease, live or not, or null if there is none} All changes that the lease covers were applied before
     * it was published. So an entry that is read from the cache after the lease includes them.
     */
    @Nullable
    CacheLease lease() {
        return lease;
    }

    /** {@return the store's clock as the last successful poll read it; empty if the store has the clock of this process} */
    Optional<StoreTime> time() {
        return time;
    }

    /** {@return what the polls know at this moment} */
    CacheStatus status() {
        Moment now = clocks.now();
        CacheLease last = lease;
        return new CacheStatus(
                known, Duration.ofNanos(age(now)), last != null && last.isLive(now), failing, lastFailure);
    }

    void pollOrWarn() {
        try {
            metrics.leaseAge(Duration.ofNanos(age(clocks.now())));
            poll();
            failing = false;
            metrics.changesPolled(true);
        } catch (Throwable failed) {
            metrics.changesPolled(false);
            lastFailure = new PollFailure(clocks.now().instant(), RedactedFailure.describe(failed));
            // Logged once per outage, and not with every poll.
            if (!failing) {
                log.warn(
                        "changes of tokens cannot be read; without a lease, every look-up reads the store",
                        RedactedFailure.of(failed));
            }
            failing = true;
        }
        metrics.cacheSize(entries.size());
    }

    private long age(Moment now) {
        CacheLease last = lease;
        return now.since(last == null ? started : last.from());
    }

    /**
     * Polls once. The order of the steps is the proof: read the clocks, query the feed, apply the changes, publish the
     * lease. So the lease starts before the query is sent, and no look-up can use the lease before its changes are applied.
     */
    void poll() {
        Moment asked = clocks.now();
        Changes answer = feed.since(known);
        // Published before the lease, so that no decision from memory lacks it. No lease depends on it.
        Optional<StoreTime> read = answer.time().map(at -> new StoreTime(at.toEpochMilli(), asked, clocks.now()));
        read.ifPresent(at -> metrics.clockSkew(Duration.ofMillis(at.skewMillis())));
        time = read;
        // Without a list of changes, everything is dropped. A server that does not have the known position has another
        // history, so no row that was read before is certain. The same is true if the lease has ended.
        Optional<List<Change>> told = isLive() ? answer.changes() : Optional.empty();
        List<Change> changes = told.orElse(List.of(new Change.OfAny()));
        int dropped = entries.apply(changes);
        if (dropped > 0) {
            metrics.invalidated(dropped);
        }
        known = answer.newest();
        lease = new CacheLease(asked, answer.lease().toNanos());
        // The lease is published first, and the shutdown is checked second; close() does the opposite. So no lease
        // remains,
        // however the two interleave.
        if (thread.isShutdown()) {
            lease = null;
        }
    }

    /**
     * {@return whether the last lease is still live} If it is not, it is unknown what happened after its end, to this process
     * or to the store. Then the cache starts again, empty.
     */
    private boolean isLive() {
        CacheLease last = lease;
        return last != null && last.isLive(clocks.now());
    }

    /** Ends the lease, and returns when the poll in progress and the polling thread have ended. */
    @Override
    public void close() {
        thread.shutdown();
        lease = null;
        // The thread is not interrupted immediately: a database in this process may close its file when a thread is
        // interrupted while it reads the file.
        WorkerThreads.close(CLOSE_PATIENCE, new WorkerThreads.Pool(thread, threads));
    }
}
