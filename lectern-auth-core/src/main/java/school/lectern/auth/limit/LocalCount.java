package school.lectern.auth.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * What one key has used of its limit, for one process. Many threads may take permits at once, and none waits for another. It is
 * the limit's own arithmetic; what is added is that two threads never count from the same number.
 */
public final class LocalCount {

    private static final AtomicReferenceFieldUpdater<LocalCount, Cell> CELL =
            AtomicReferenceFieldUpdater.newUpdater(LocalCount.class, Cell.class, "cell");

    private volatile Cell cell = Empty.FRESH;

    /** Nothing is counted yet. */
    public LocalCount() {}

    private sealed interface Cell permits Empty, Counted, Window {}

    private enum Empty implements Cell {
        FRESH,
        RETIRED
    }

    /** What a limit of any measure has counted. */
    private record Counted(RateLimit limit, Count count) implements Cell {}

    /** A fixed window, which most limits have: its permits are taken by adding to one number, which leaves no garbage. */
    private static final class Window extends AtomicLong implements Cell {
        private static final long serialVersionUID = 1L;
        private static final long CLOSED = -1;

        private final transient RateLimit limit;
        private final long start;

        Window(RateLimit limit, long start, long used) {
            super(used);
            this.limit = limit;
            this.start = start;
        }

        /** Whether it is the window of that moment, which nearly every request finds, and needs no division to see. */
        boolean isOpen(RateLimit asked, long now) {
            long since = now - start;
            return since >= 0 && since < asked.windowMillis() && asked.windowMillis() == limit.windowMillis();
        }

        /** Null if the window was closed. */
        @Nullable
        LimitStatus take(RateLimit asked, long now) {
            while (true) {
                long used = get();
                if (used == CLOSED) {
                    return null;
                }
                if (used >= asked.permits()) {
                    return FixedWindow.status(asked, start, used, now, false);
                }
                if (compareAndSet(used, used + 1)) {
                    return FixedWindow.status(asked, start, used + 1, now, true);
                }
            }
        }

        LimitStatus peek(RateLimit asked, long now) {
            return FixedWindow.peek(asked, start, Math.max(0, get()), now);
        }

        /** From now on gives nothing; what was used, or {@link #CLOSED} if somebody else has closed it. */
        long close() {
            return getAndSet(CLOSED);
        }
    }

    /**
     * Asks for one permit.
     *
     * @param now milliseconds since the epoch
     * @return what the limit says; null if this count was {@linkplain #retire retired}, and another is to be asked
     */
    public @Nullable LimitStatus take(RateLimit limit, long now) {
        while (true) {
            Cell current = cell;
            if (current == Empty.RETIRED) {
                return null;
            }
            LimitStatus status = limit.isFixed() ? takeFixed(current, limit, now) : takeAny(current, limit, now);
            if (status != null) {
                return status;
            }
        }
    }

    /** Null if another thread was faster. */
    private @Nullable LimitStatus takeFixed(Cell current, RateLimit limit, long now) {
        Window window = current instanceof Window counted ? counted : null;
        if (window != null && window.isOpen(limit, now)) {
            return window.take(limit, now);
        }
        long start = window == null ? FixedWindow.start(limit, now) : FixedWindow.start(limit, window.start, now);
        if (window != null && window.start == start) {
            return window.take(limit, now);
        }
        // A clock that was set back carries what was used along: nobody may take of it meanwhile.
        long carried = window != null && start < window.start ? window.close() : 0;
        if (carried != Window.CLOSED) {
            boolean unusedNow = CELL.compareAndSet(this, current, new Window(limit, start, carried));
        }
        return null;
    }

    /** Null if another thread was faster. */
    private @Nullable LimitStatus takeAny(Cell current, RateLimit limit, long now) {
        Taken taken = limit.take(current instanceof Counted counted ? counted.count() : null, now);
        return CELL.compareAndSet(this, current, new Counted(limit, taken.count())) ? taken.status() : null;
    }

    /** What the limit says now; takes nothing. */
    public LimitStatus peek(RateLimit limit, long now) {
        Cell current = cell;
        return current instanceof Window window && limit.isFixed()
                ? window.peek(limit, now)
                : limit.peek(count(current), now);
    }

    private static @Nullable Count count(Cell cell) {
        if (cell instanceof Window window) {
            return FixedWindow.count(window.start, Math.max(0, window.get()));
        }
        return cell instanceof Counted counted ? counted.count() : null;
    }

    /**
     * Ends this count if it says nothing any more. From then on nothing is taken of it.
     *
     * @return whether it has ended
     */
    public boolean retire(long now) {
        Cell current = cell;
        if (current == Empty.RETIRED) {
            return true;
        }
        boolean idle = current instanceof Window window
                ? window.start + window.limit.windowMillis() <= now
                : !(current instanceof Counted counted) || counted.limit().idleFrom(counted.count()) <= now;
        if (!idle || !CELL.compareAndSet(this, current, Empty.RETIRED)) {
            return false;
        }
        if (current instanceof Window window) {
            window.set(Window.CLOSED);
        }
        return true;
    }
}
