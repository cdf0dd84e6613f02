package school.lectern.auth;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.background.BackgroundTasks;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.ChangeFeed;

/**
 * Waits, after a change was made, until no cache of any process serves the state before the change. Safe for use by many
 * threads, all of which share the results of earlier waits.
 *
 * <p>A read of the feed returns the newest change and a duration. Once the duration is over, every process enforces all changes
 * up to the newest one, whether or not a thread has waited. A caller that reads the same result again therefore waits only for
 * the rest of the duration, and not at all once it is over: repeating a change that was already made costs no second wait.
 *
 * <p>The number of waiting threads is bounded, so that waits do not occupy all threads of a server. A change over the bound is
 * made, and its outcome reports that the wait failed.
 */
final class PropagationWait implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PropagationWait.class);

    /** The clocks of two machines may differ in speed, by at most one part in this number. */
    private static final long DRIFT = 100;

    private static final String LOST =
            "the database has lost changes that it had acknowledged, as after a failover to a server"
                    + " that had not received them; list the tokens, and repeat the change";

    private static final String UNREADABLE =
            "it is unknown whether all processes enforce the change: the database could not be read; repeat it";

    private static final String UNREADABLE_LOG =
            "a change was made, but it is unknown whether all processes enforce it";

    private static final String CLOSED = "LecternAuth was closed before every process was known to enforce the change";

    private static final int MAX_CHANGES_WAITING = 64;

    /** Fewer than for changes, so that repetitions do not keep a change from being waited for. */
    private static final int MAX_REPETITIONS_WAITING = 16;

    private final @Nullable ChangeFeed feed;
    private final BackgroundTasks background;
    private final Semaphore changes = new Semaphore(MAX_CHANGES_WAITING);
    private final Semaphore repetitions = new Semaphore(MAX_REPETITIONS_WAITING);
    private @Nullable Wait latest;

    /** The propagation that the next read of the feed is for; null if no read is needed. */
    private @Nullable Begun unread;

    private final Set<Begun> incomplete = new HashSet<>();
    private boolean closed;

    /**
     * @param feed null if there is nothing to wait for, because only this process uses the tokens
     * @param background runs the waits that occupy no thread of a caller
     */
    PropagationWait(@Nullable ChangeFeed feed, BackgroundTasks background) {
        this.feed = feed;
        this.background = background;
    }

    /**
     * A confirmation that was read from the feed, and the time by {@link System#nanoTime} from which every process enforces all
     * changes up to it.
     */
    private record Wait(ChangeFeed.Confirmation read, long end) {}

    /**
     * {@return empty once every process enforces every change that this thread knows to be made; otherwise the reason why the
     * wait failed}
     */
    Optional<String> await() {
        return await(changes);
    }

    /** Does the same as {@link #await()}, for a caller whose change had already been made. */
    Optional<String> awaitRepetition() {
        return await(repetitions);
    }

    private Optional<String> await(Semaphore places) {
        if (feed == null) {
            return Optional.empty();
        }
        try {
            Optional<String> refusal = awaitUntil(end(feed.confirmation()), places);
            return refusal.isPresent() || feed.hasOwnChanges() ? refusal : Optional.of(LOST);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted while the leases of caches last");
        } catch (RuntimeException broken) {
            log.warn(UNREADABLE_LOG, RedactedFailure.of(broken));
            return Optional.of(UNREADABLE);
        }
    }

    /** A propagation that occupies no waiting thread, for all callers that came before the feed was read. */
    private static final class Begun {
        private final CompletableFuture<Void> stage = new CompletableFuture<>();

        /** Completes the stage in a thread of the common pool, because the application's dependent actions may block. */
        void end(@Nullable PropagationException failure) {
            CompletableFuture<Void> unused = CompletableFuture.runAsync(() -> {
                if (failure == null) {
                    stage.complete(null);
                } else {
                    stage.completeExceptionally(failure);
                }
            });
        }
    }

    /**
     * Begins to wait without occupying a thread.
     *
     * @return the stage that completes once every process enforces every change that was made before this call
     */
    synchronized CompletionStage<Void> begin() {
        if (feed == null) {
            return CompletableFuture.completedStage(null);
        }
        if (closed) {
            return CompletableFuture.failedStage(new PropagationException(CLOSED));
        }
        Begun begun = unread;
        if (begun == null) {
            begun = new Begun();
            unread = begun;
            incomplete.add(begun);
            background.later("reading which changes are to be waited for", Duration.ZERO, () -> read(feed));
        }
        return begun.stage.minimalCompletionStage();
    }

    private void read(ChangeFeed changeFeed) {
        Begun begun = takeUnread();
        try {
            Duration left = Duration.ofNanos(Math.max(0, end(changeFeed.confirmation()) - System.nanoTime()));
            background.later("ending the wait for changes", left, () -> complete(begun, changeFeed));
        } catch (Throwable broken) {
            failUnread(begun, broken);
        }
    }

    private void failUnread(Begun begun, Throwable why) {
        log.warn(UNREADABLE_LOG, RedactedFailure.of(why));
        fail(begun, UNREADABLE);
    }

    private synchronized Begun takeUnread() {
        Begun begun = Objects.requireNonNull(unread);
        unread = null;
        return begun;
    }

    private void complete(Begun begun, ChangeFeed changeFeed) {
        try {
            if (!changeFeed.hasOwnChanges()) {
                fail(begun, LOST);
            } else if (remove(begun)) {
                begun.end(null);
            }
        } catch (Throwable broken) {
            failUnread(begun, broken);
        }
    }

    private void fail(Begun begun, String why) {
        if (remove(begun)) {
            begun.end(new PropagationException(why));
        }
    }

    private synchronized boolean remove(Begun begun) {
        return incomplete.remove(begun);
    }

    /** Fails the incomplete propagations, because no task will complete them. */
    @Override
    public void close() {
        List<Begun> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(incomplete);
        }
        left.forEach(begun -> fail(begun, CLOSED));
    }

    /**
     * {@return the end of the wait for a confirmation} The wait starts at a moment after the feed was read, because the changes
     * that the feed reported may have been made until then. A confirmation that equals the latest one has the same end.
     */
    private synchronized long end(ChangeFeed.Confirmation read) {
        if (latest == null || !latest.read().equals(read)) {
            latest = new Wait(read, System.nanoTime() + withDrift(read.duration()));
        }
        return latest.end();
    }

    private static long withDrift(Duration wait) {
        long nanos = wait.toNanos();
        return nanos + nanos / DRIFT;
    }

    private static Optional<String> awaitUntil(long end, Semaphore places) throws InterruptedException {
        if (end - System.nanoTime() <= 0) {
            return Optional.empty();
        }
        if (!places.tryAcquire()) {
            return Optional.of("too many changes wait for the leases of caches at this moment");
        }
        try {
            sleepUntil(end);
            return Optional.empty();
        } finally {
            places.release();
        }
    }

    /** {@return the number of waiting threads, for tests} */
    int waiting() {
        return MAX_CHANGES_WAITING
                - changes.availablePermits()
                + MAX_REPETITIONS_WAITING
                - repetitions.availablePermits();
    }

    private static void sleepUntil(long end) throws InterruptedException {
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
    }
}
