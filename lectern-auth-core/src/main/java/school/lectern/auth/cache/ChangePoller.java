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
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * Asks for changes at short intervals, applies them, and only then renews the lease. One thread of its own does so, whatever
 * the number of tokens.
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
    private Position known = Position.NONE;
    private boolean failing;

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

    /** The newest lease, live or not. Whatever was read from the entries after it was, had its changes applied. */
    @Nullable
    CacheLease lease() {
        return lease;
    }

    private void pollOrWarn() {
        try {
            metrics.leaseAge(Duration.ofNanos(age(clocks.now())));
            poll();
            failing = false;
            metrics.changesPolled(true);
        } catch (Throwable failed) {
            metrics.changesPolled(false);
            // Once, and not four times a second for as long as it lasts.
            if (!failing) {
                log.warn(
                        "changes of tokens cannot be read; without a lease, every look-up reads the store",
                        RedactedFailure.of(failed));
            }
            failing = true;
        }
    }

    private long age(Moment now) {
        CacheLease last = lease;
        return now.since(last == null ? started : last.from());
    }

    /** One poll. Its order is the proof: the moment, the question, the changes, the lease. */
    void poll() {
        Moment asked = clocks.now();
        Changes answer = feed.since(known);
        // A server that has not the known position has another history: nothing that was read before is certain.
        Optional<List<Change>> told = isLive() ? answer.changes() : Optional.empty();
        List<Change> changes = told.orElse(List.of(new Change.OfAny()));
        int dropped = entries.apply(changes);
        if (dropped > 0) {
            metrics.invalidated(dropped);
        }
        known = answer.newest();
        lease = new CacheLease(asked, answer.lease().toNanos());
        // Published first and asked then: whichever way this crosses with a close, no lease is left.
        if (thread.isShutdown()) {
            lease = null;
        }
    }

    /** After a lapse nobody knows what happened meanwhile, to this process or to the store: it starts anew. */
    private boolean isLive() {
        CacheLease last = lease;
        return last != null && last.isLive(clocks.now());
    }

    /** Ends the lease, and returns when the poll that is under way has ended and its thread with it. */
    @Override
    public void close() {
        thread.shutdown();
        lease = null;
        // Not interrupted at once: a database in this process may close its file when a thread that reads it is.
        WorkerThreads.close(CLOSE_PATIENCE, new WorkerThreads.Pool(thread, threads));
    }
}
