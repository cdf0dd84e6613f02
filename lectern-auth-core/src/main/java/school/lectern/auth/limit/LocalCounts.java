package school.lectern.auth.limit;

import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.time.Moment;

/**
 * What keys have used of the limits of one {@linkplain RateLimit#shape shape}, for one process. Many threads may take permits
 * concurrently, and no thread waits for another one. The arithmetic is that of the limits; this class makes sure that two
 * threads never count from the same number.
 *
 * <p>A moment that was read earlier than the newest one of its counter, by the monotonic clock, counts at the counter's time: its
 * caller was late. Only where a later reading shows an earlier wall time, the clock was set back.
 */
public final class LocalCounts {

    /** A counter's incarnation changes by one whenever its clock is set back or returns. */
    private static final long BETWEEN_INCARNATIONS = 1L << 20;

    private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();
    private final AtomicLong incarnations = new AtomicLong();

    /** Nothing is counted yet. */
    public LocalCounts() {}

    private sealed interface Cell {

        /** The count, which gives way to the next one; null if another thread is about to replace it. */
        @Nullable
        LimitState close();

        /** The count as it is at this moment; null if another thread is about to replace it. */
        @Nullable
        LimitState count();

        /** The latest reading of the monotonic clock that led to this cell. */
        long nanos();

        /** From when on the cell says nothing any more, in milliseconds since the epoch. */
        long idleFrom();
    }

    /** What a limit of any measure has counted. Whoever replaces it makes sure that it is still there. */
    private record Counted(LimitState count, long nanos, long idleFrom) implements Cell {
        @Override
        public LimitState close() {
            return count;
        }
    }

    /** A fixed window, which most limits have: its permits are taken by adding to one number, which leaves no garbage. */
    private static final class Window extends AtomicLong implements Cell {
        @Serial
        private static final long serialVersionUID = 1L;

        private static final long CLOSED = -1;

        private final transient LimitState opened;
        private final long nanos;
        private final long idleFrom;
        private final long start;
        private final long end;

        Window(RateLimit limit, LimitState opened, long nanos, long idleFrom) {
            super(opened.current()[1]);
            this.opened = opened;
            this.nanos = nanos;
            this.idleFrom = idleFrom;
            this.start = opened.current()[0];
            this.end = start + limit.windowMillis();
        }

        /** Nearly every request finds that it does, and needs no division to see it. */
        boolean holds(long millis) {
            return millis >= start && millis < end;
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
     * Asks for one permit.
     *
     * @return what the limit says; null if the key has no counter, and has to {@link #begin}
     */
    public @Nullable LimitStatus take(String key, RateLimit limit, Moment now) {
        while (true) {
            Cell cell = cells.get(key);
            if (cell == null) {
                return null;
            }
            LimitStatus status = cell instanceof Window window && window.holds(now.millis())
                    ? window.take(limit, now.millis())
                    : status(takeFrom(key, cell, limit, now));
            if (status != null) {
                return status;
            }
        }
    }

    private static @Nullable LimitStatus status(@Nullable TakeResult taken) {
        return taken == null ? null : taken.status();
    }

    /**
     * Asks for one permit that may be {@link #putBack put back}.
     *
     * @return what was taken; null if the key has no counter, and has to {@link #begin}
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

    /** Null if another thread was faster. */
    private @Nullable TakeResult takeFrom(String key, Cell cell, RateLimit limit, Moment now) {
        LimitState count = cell.close();
        if (count == null) {
            return null;
        }
        TakeResult taken = limit.take(count, millis(count, cell, limit, now));
        return cells.replace(key, cell, next(cell, limit, taken.count(), now)) ? taken : null;
    }

    /** The moment's wall time, unless the moment is older than the counter's newest one: then the counter's time. */
    private static long millis(LimitState count, Cell cell, RateLimit limit, Moment now) {
        return now.isBefore(cell.nanos()) ? limit.timeOf(count) : now.millis();
    }

    private static Cell next(Cell cell, RateLimit limit, LimitState count, Moment now) {
        long nanos = now.isBefore(cell.nanos()) ? cell.nanos() : now.nanos();
        return cell(limit, count, nanos);
    }

    private static Cell cell(RateLimit limit, LimitState count, long nanos) {
        long idleFrom = limit.idleFrom(count);
        return limit.isFixed() ? new Window(limit, count, nanos, idleFrom) : new Counted(count, nanos, idleFrom);
    }

    /**
     * Puts the permits back that {@link #reserve} took, if they still count. To be called at most once for what was taken, and only if
     * none of it is used.
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
     * Begins the counter of a key that has none. Nothing is taken yet.
     *
     * @param now read after {@link #take} has returned null: a counter that it missed may just have been dropped
     */
    public void begin(String key, RateLimit limit, Moment now) {
        LimitState none = limit.at(null, now.millis(), Duration.ZERO)
                .withIncarnation(incarnations.addAndGet(BETWEEN_INCARNATIONS));
        Cell unused = cells.putIfAbsent(key, cell(limit, none, now.nanos()));
    }

    /** What the limit says now; takes nothing. */
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

    /** How many keys have a counter. */
    public long size() {
        return cells.mappingCount();
    }

    /** Drops the counters that say nothing any more. Nothing is taken of one from then on. */
    public void dropIdle(long nowMillis) {
        cells.forEach((key, cell) -> {
            if (cell.idleFrom() <= nowMillis && cell.close() != null) {
                cells.remove(key, cell);
            }
        });
    }
}
