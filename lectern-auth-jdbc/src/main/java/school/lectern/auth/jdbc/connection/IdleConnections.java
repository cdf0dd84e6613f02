package school.lectern.auth.jdbc.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A few idle connections that the next caller gets without a call to the DataSource. They are kept only for a short time: the
 * application needs its connections too, and its pool replaces them by its own rules.
 */
public final class IdleConnections implements AutoCloseable {

    private final int most;
    private final long idleNanos;
    private final long lentNanos;
    private final ScheduledExecutorService timer;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private boolean watched;
    private boolean closed;

    /**
     * Creates an empty set of idle connections.
     *
     * @param most the maximum number of idle connections
     * @param idle the time after which an unused connection is released
     * @param lent the time since a connection was acquired from the DataSource after which it is no longer kept
     * @param timer releases the connections that were idle for that time
     */
    public IdleConnections(int most, Duration idle, Duration lent, ScheduledExecutorService timer) {
        this.most = most;
        this.idleNanos = idle.toNanos();
        this.lentNanos = lent.toNanos();
        this.timer = timer;
    }

    private record Kept(BorrowedConnection loan, long since) {}

    /** {@return the connection that was used last, or null if there is none} The others stay idle, and can be released. */
    public synchronized @Nullable BorrowedConnection take() {
        Kept last = kept.pollLast();
        return last == null ? null : last.loan();
    }

    /**
     * Keeps a connection, unless the maximum is reached, the connection was acquired too long ago, or this is closed.
     *
     * @param loan the connection, whose use has ended
     * @return whether the connection is kept; if not, the caller must release it
     */
    public synchronized boolean keep(BorrowedConnection loan) {
        long now = System.nanoTime();
        if (closed || kept.size() >= most || now - loan.lentAt() > lentNanos) {
            return false;
        }
        kept.addLast(new Kept(loan, now));
        watched = watched || watch(idleNanos);
        return true;
    }

    private boolean watch(long nanos) {
        try {
            ScheduledFuture<?> unused = timer.schedule(this::giveBackIdle, nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (RejectedExecutionException closing) {
            // The timer is shut down, so close() follows, and releases the connections.
            return false;
        }
    }

    private void giveBackIdle() {
        Kept idle = pollIdle();
        while (idle != null) {
            idle.loan().release();
            idle = pollIdle();
        }
    }

    /** Returns a connection that was idle for long enough; if there is none, schedules the next check and returns null. */
    private synchronized @Nullable Kept pollIdle() {
        Kept oldest = kept.peekFirst();
        if (oldest == null) {
            watched = false;
            return null;
        }
        long left = idleNanos - (System.nanoTime() - oldest.since());
        if (left > 0) {
            watched = watch(left);
            return null;
        }
        return kept.pollFirst();
    }

    @Override
    public void close() {
        BorrowedConnection loan;
        synchronized (this) {
            closed = true;
            loan = take();
        }
        while (loan != null) {
            loan.release();
            loan = take();
        }
    }
}
