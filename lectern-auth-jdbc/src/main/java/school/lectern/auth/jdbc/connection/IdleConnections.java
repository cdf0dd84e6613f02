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
 * Connections that nobody uses at this moment, and that the next caller has without asking the DataSource. A few, and not for
 * long: the application wants its connections, too, and its pool renews them by rules of its own.
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
     * @param most so many at once
     * @param idle for so long without use
     * @param lent and no longer than this after the DataSource has lent them
     * @param timer gives back what was idle for long enough
     */
    public IdleConnections(int most, Duration idle, Duration lent, ScheduledExecutorService timer) {
        this.most = most;
        this.idleNanos = idle.toNanos();
        this.lentNanos = lent.toNanos();
        this.timer = timer;
    }

    private record Kept(BorrowedConnection loan, long since) {}

    /** The one that was used last, so that the others are idle. */
    public synchronized @Nullable BorrowedConnection take() {
        Kept last = kept.pollLast();
        return last == null ? null : last.loan();
    }

    /** Whether it is kept. */
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
            // Then close() gives them back.
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

    /** One that is due; before there are none, sees to it that the next one is looked at in time. */
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
