package school.lectern.auth.limit;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What keys have used of their limits, for one process. Many threads may take permits at once, and none waits for another. It
 * is the limits' own arithmetic; what is added is that two threads never count from the same number.
 */
public final class LocalCounts {

    private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

    /** Nothing is counted yet. */
    public LocalCounts() {}

    private sealed interface Cell {
        /** From when on it says nothing any more, in milliseconds since the epoch. */
        long idleFrom();
    }

    /** What a limit of any measure has counted; gives way to what it counts next. */
    private record Counted(RateLimit limit, Count count) implements Cell {
        @Override
        public long idleFrom() {
            return limit.idleFrom(count);
        }
    }

    /** A fixed window, which most limits have: its permits are taken by adding to one number, which leaves no garbage. */
    private static final class Window extends AtomicLong implements Cell {
        private static final long serialVersionUID = 1L;
        private static final long CLOSED = -1;

        private final long start;
        private final long millis;

        Window(RateLimit limit, long start) {
            this.start = start;
            this.millis = limit.windowMillis();
        }

        /**
         * Whether it is the window of that moment, and is kept for as long as what is asked counts. Nearly every request finds
         * that it is, and needs no division to see it.
         */
        boolean isOf(RateLimit asked, long now) {
            long since = now - start;
            return (since >= 0 && since < millis && millis == asked.windowMillis())
                    || (millis >= asked.windowMillis() && start == FixedWindow.start(asked, start, now));
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

        @Override
        public long idleFrom() {
            return start + millis;
        }
    }

    /**
     * Asks for one permit.
     *
     * @param now milliseconds since the epoch
     * @return what the limit says; null if nothing is counted for the key, and it has to {@link #begin}
     */
    public @Nullable LimitStatus take(String key, RateLimit limit, long now) {
        while (true) {
            Cell cell = cells.get(key);
            if (cell == null) {
                return null;
            }
            LimitStatus status = limit.isFixed() ? takeFixed(key, cell, limit, now) : takeAny(key, cell, limit, now);
            if (status != null) {
                return status;
            }
        }
    }

    /** Null if another thread was faster. */
    private @Nullable LimitStatus takeFixed(String key, Cell cell, RateLimit limit, long now) {
        Window window = cell instanceof Window known ? known : null;
        if (window != null && window.isOf(limit, now)) {
            return window.take(limit, now);
        }
        long start = window == null ? FixedWindow.start(limit, now) : FixedWindow.start(limit, window.start, now);
        Window next = new Window(limit, start);
        // Where the clock was set back, or the same window is to last longer, what was used is carried along.
        // Nobody may take of it meanwhile.
        if (window != null && start <= window.start) {
            long used = window.close();
            if (used == Window.CLOSED) {
                return null;
            }
            next.set(used);
        }
        return cells.replace(key, cell, next) ? next.take(limit, now) : null;
    }

    /** Null if another thread was faster. */
    private @Nullable LimitStatus takeAny(String key, Cell cell, RateLimit limit, long now) {
        Taken taken = limit.take(cell instanceof Counted counted ? counted.count() : null, now);
        return cells.replace(key, cell, new Counted(limit, taken.count())) ? taken.status() : null;
    }

    /**
     * Takes the first permit of a key.
     *
     * @param now milliseconds since the epoch, read after {@link #take} has found nothing: what it has missed may just have been
     *     dropped
     * @return what the limit says; null if the key has begun meanwhile, and is to be asked again
     */
    public @Nullable LimitStatus begin(String key, RateLimit limit, long now) {
        if (limit.isFixed()) {
            Window first = new Window(limit, FixedWindow.start(limit, now));
            return cells.putIfAbsent(key, first) == null ? first.take(limit, now) : null;
        }
        Taken taken = limit.take(null, now);
        return cells.putIfAbsent(key, new Counted(limit, taken.count())) == null ? taken.status() : null;
    }

    /** What the limit says now; takes nothing. */
    public LimitStatus peek(String key, RateLimit limit, long now) {
        Cell cell = cells.get(key);
        return cell instanceof Window window && limit.isFixed()
                ? window.peek(limit, now)
                : limit.peek(cell instanceof Counted counted ? counted.count() : null, now);
    }

    /** How many keys have a count. */
    public long size() {
        return cells.mappingCount();
    }

    /** Drops the counts that say nothing any more. Nothing is taken of one from then on. */
    public void dropIdle(long now) {
        cells.forEach((key, cell) -> {
            boolean drops =
                    cell.idleFrom() <= now && (!(cell instanceof Window window) || window.close() != Window.CLOSED);
            if (drops) {
                cells.remove(key, cell);
            }
        });
    }
}
