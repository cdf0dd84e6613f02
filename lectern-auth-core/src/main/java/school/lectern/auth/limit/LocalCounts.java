package school.lectern.auth.limit;

import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.time.Moment;

/**
 * The counters of one process for limits of one {@linkplain RateLimit#shape shape}, by key. Many threads may take permits
 * concurrently, and no thread waits for another one. The arithmetic is that of the limits; this class guarantees that two
 * threads never count from the same state.
 *
 * <p>If a moment was read before the newest moment of its counter, by the monotonic clock, its caller was late, and the call
 * counts at the counter's time. The clock was set back only if a later reading shows an earlier wall time.
 */
public final class LocalCounts {

    /**
     * The distance between the incarnations of two counters. An incarnation increases by one each time the clock is set back
     * or returns.
     */
    private static final long BETWEEN_INCARNATIONS = 1L << 20;

    private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();
    private final AtomicLong incarnations = new AtomicLong();

    private final Object owner;

    /**
     * Creates an empty set of counters.
     *
     * @param owner the store that the counters belong to
     */
    public LocalCounts(Object owner) {
        this.owner = owner;
    }

    private sealed interface Cell {

        /**
         * Closes this cell, so that the next one can replace it.
         *
         * @return the state; null if another thread is about to replace this cell
         */
        @Nullable
        LimitState close();

        /** {@return the current state; null if another thread is about to replace this cell} */
        @Nullable
        LimitState count();

        /** {@return the latest reading of the monotonic clock that this cell is based on} */
        long nanos();

        /**
         * {@return the time from which on the cell gives the same results as a new counter, in milliseconds since the epoch}
         */
        long idleFrom();
    }

    /** The state of a limit with any algorithm. A thread replaces it only if it is still the current cell. */
    private record Counted(LimitState count, long nanos, long idleFrom) implements Cell {
        @Override
        public LimitState close() {
            return count;
        }
    }

    /** A fixed window, which is the most common algorithm. To take a permit adds 1 to a number and creates no garbage. */
    private static final class Window extends AtomicLong implements Cell {
        @Serial
        private static final long serialVersionUID = 1L;

        private static final long CLOSED = -1;

        private final transient Object owner;
        private final long start;
        private final long end;
        private final transient LimitState opened;
        private final long nanos;
        private final long idleFrom;

        Window(Object owner, RateLimit limit, LimitState opened, long nanos, long idleFrom) {
            super(opened.current()[1]);
            this.owner = owner;
            this.opened = opened;
            this.nanos = nanos;
            this.idleFrom = idleFrom;
            this.start = opened.current()[0];
            this.end = start + limit.windowMillis();
        }

        /** {@return whether the window contains the time} It does for almost every request, and the check needs no division. */
        boolean holds(long millis) {
            return millis >= start && millis < end;
        }

        /** {@return the status after an attempt to take one permit; null if the window is closed} */
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

        /** {@return the present status; null if the window is closed} */
        @Nullable
        LimitStatus peek(RateLimit asked, long now) {
            long used = get();
            return used == CLOSED ? null : FixedWindow.status(asked, start, used, now, used < asked.permits());
        }

        @Override
        public @Nullable LimitState close() {
            return counted(getAndSet(CLOSED));
        }

        @Override
        public @Nullable LimitState count() {
            return counted(get());
        }

        private @Nullable LimitState counted(long used) {
            return used == CLOSED ? null : opened.with(new long[] {start, used});
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public long idleFrom() {
            return idleFrom;
        }
    }

    /**
     * Takes one permit from the window that the request remembers, without a search, if there is one.
     *
     * @param owner the store that the counters belong to
     * @param take the request
     * @param now the current moment
     * @return the limit's status; null if the request remembers no window of the store that is still open, in which case call
     *     {@link #take}
     */
    public static @Nullable LimitStatus takeFromRemembered(Object owner, LimitTake take, Moment now) {
        Window window = remembered(owner, take, now);
        return window == null ? null : window.take(take.limit(), now.millis());
    }

    /**
     * Looks at the window that the request remembers, without a search, if there is one. No permit is taken.
     *
     * @param owner the store that the counters belong to
     * @param take the request
     * @param now the current moment
     * @return the limit's status; null if the request remembers no window of the store that is still open, in which case call
     *     {@link #peek}
     */
    public static @Nullable LimitStatus peekAtRemembered(Object owner, LimitTake take, Moment now) {
        Window window = remembered(owner, take, now);
        return window == null ? null : window.peek(take.limit(), now.millis());
    }

    private static @Nullable Window remembered(Object owner, LimitTake take, Moment now) {
        return take.counter() instanceof Window window && window.owner == owner && window.holds(now.millis())
                ? window
                : null;
    }

    /**
     * Takes one permit, if there is one.
     *
     * @param take the request, whose subject is the key of the counter; it remembers the window
     * @param now the current moment
     * @return the limit's status; null if the key has no counter, in which case call {@link #begin} and try again
     */
    public @Nullable LimitStatus take(LimitTake take, Moment now) {
        String key = take.subject();
        RateLimit limit = take.limit();
        while (true) {
            Cell cell = cells.get(key);
            if (cell == null) {
                return null;
            }
            LimitStatus status;
            if (cell instanceof Window window && window.holds(now.millis())) {
                take.remember(window);
                status = window.take(limit, now.millis());
            } else {
                status = status(takeFrom(key, cell, limit, now));
            }
            if (status != null) {
                return status;
            }
        }
    }

    private static @Nullable LimitStatus status(@Nullable TakeResult taken) {
        return taken == null ? null : taken.status();
    }

    /**
     * Takes one permit, if there is one, that may be {@link #putBack put back}.
     *
     * @param key the key of the counter
     * @param limit the limit
     * @param now the current moment
     * @return the result; null if the key has no counter, in which case call {@link #begin} and try again
     */
    public @Nullable TakeResult reserve(String key, RateLimit limit, Moment now) {
        while (true) {
            Cell cell = cells.get(key);
            if (cell == null) {
                return null;
            }
            TakeResult taken = takeFrom(key, cell, limit, now);
            if (taken != null) {
                return taken;
            }
        }
    }

    /** {@return the result of taking one permit; null if another thread was faster} */
    private @Nullable TakeResult takeFrom(String key, Cell cell, RateLimit limit, Moment now) {
        LimitState count = cell.close();
        if (count == null) {
            return null;
        }
        TakeResult taken = limit.take(count, millis(count, cell, limit, now));
        return cells.replace(key, cell, next(cell, limit, taken.count(), now)) ? taken : null;
    }

    /**
     * {@return the moment's wall time; the counter's time if the moment is older than the counter's newest moment} The time
     * of a fixed window is its start, so any time in the same window is as good, and gives the status the right wait.
     */
    private static long millis(LimitState count, Cell cell, RateLimit limit, Moment now) {
        boolean isInWindow = cell instanceof Window window && window.holds(now.millis());
        return isInWindow || !now.isBefore(cell.nanos()) ? now.millis() : limit.timeOf(count);
    }

    private Cell next(Cell cell, RateLimit limit, LimitState count, Moment now) {
        long nanos = now.isBefore(cell.nanos()) ? cell.nanos() : now.nanos();
        return cell(limit, count, nanos);
    }

    private Cell cell(RateLimit limit, LimitState count, long nanos) {
        long idleFrom = limit.idleFrom(count);
        return limit.isFixed() ? new Window(owner, limit, count, nanos, idleFrom) : new Counted(count, nanos, idleFrom);
    }

    /**
     * Puts the permits back that {@link #reserve} took, if they still count. Call it at most once for each result, and only
     * if none of its permits was used.
     *
     * @param key the key of the counter
     * @param limit the limit that the permits were taken from
     * @param taken the result of {@link #reserve}
     */
    public void putBack(String key, RateLimit limit, TakeResult taken) {
        boolean done = false;
        while (!done) {
            Cell cell = cells.get(key);
            LimitState count = cell == null ? null : cell.close();
            LimitState less = limit.putBack(count, taken, taken.permits());
            done = cell == null || (less != null && cells.replace(key, cell, cell(limit, less, cell.nanos())));
        }
    }

    /**
     * Creates the counter of a key, if the key has none. No permit is taken.
     *
     * @param key the key of the counter
     * @param limit the limit
     * @param now the current moment. Read it after {@link #take} has returned null, because a counter that {@code take} did
     *     not find may have been removed just before
     */
    public void begin(String key, RateLimit limit, Moment now) {
        LimitState none = limit.at(null, now.millis(), Duration.ZERO)
                .withIncarnation(incarnations.addAndGet(BETWEEN_INCARNATIONS));
        Cell unused = cells.putIfAbsent(key, cell(limit, none, now.nanos()));
    }

    /**
     * {@return the limit's current status} No permit is taken.
     *
     * @param key the key of the counter
     * @param limit the limit
     * @param now the current moment
     */
    public LimitStatus peek(String key, RateLimit limit, Moment now) {
        while (true) {
            Cell cell = cells.get(key);
            if (cell == null) {
                return limit.peek(null, now.millis());
            }
            LimitState count = cell.count();
            if (count != null) {
                return limit.peek(count, millis(count, cell, limit, now));
            }
        }
    }

    /** {@return the number of keys that have a counter} */
    public long size() {
        return cells.mappingCount();
    }

    /**
     * Removes the counters that give the same results as a new counter. No permit is taken from a counter after it was
     * removed.
     *
     * @param nowMillis the wall time, in milliseconds since the epoch
     */
    public void dropIdle(long nowMillis) {
        cells.forEach((key, cell) -> {
            if (cell.idleFrom() <= nowMillis && cell.close() != null) {
                cells.remove(key, cell);
            }
        });
    }
}
