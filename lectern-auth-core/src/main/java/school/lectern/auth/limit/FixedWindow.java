package school.lectern.auth.limit;

import org.jspecify.annotations.Nullable;

/** Fixed windows, aligned to the epoch. Cells: the start of the window, and what was admitted in it. */
final class FixedWindow implements Measure {

    static final Measure MEASURE = new FixedWindow();

    private FixedWindow() {}

    @Override
    public Taken take(RateLimit limit, @Nullable Count count, long most, long now) {
        long start = start(limit, count, now);
        long used = used(count, start);
        long taken = Math.min(most, Math.max(0, limit.permits() - used));
        long after = used + taken;
        return new Taken(Count.of(this, start, after), taken, status(limit, start, after, now, taken > 0));
    }

    @Override
    public Count putBack(RateLimit limit, Count count, long permits, long resetMillis) {
        long start = count.cell(0);
        boolean sameWindow = start + limit.windowMillis() == resetMillis;
        return sameWindow ? Count.of(this, start, Math.max(0, count.cell(1) - permits)) : count;
    }

    @Override
    public LimitStatus peek(RateLimit limit, @Nullable Count count, long now) {
        return count == null
                ? status(limit, start(limit, now), 0, now, true)
                : peek(limit, count.cell(0), count.cell(1), now);
    }

    /** What the limit says where so much was used of the window that began then. */
    static LimitStatus peek(RateLimit limit, long counted, long usedThen, long now) {
        long start = start(limit, counted, now);
        long used = used(counted, usedThen, start);
        return status(limit, start, used, now, used < limit.permits());
    }

    @Override
    public long idleFrom(RateLimit limit, Count count) {
        return count.cell(0) + limit.windowMillis();
    }

    /** The window that a request falls into: the clock's, unless the clock was set back by less than one window. */
    private static long start(RateLimit limit, @Nullable Count count, long now) {
        return count == null ? start(limit, now) : start(limit, count.cell(0), now);
    }

    /** The clock's window. */
    static long start(RateLimit limit, long now) {
        return now - Math.floorMod(now, limit.windowMillis());
    }

    static long start(RateLimit limit, long counted, long now) {
        boolean slightlyBack = now < counted && counted - now <= limit.windowMillis();
        // Aligned anew, in case that it began as the window of a shorter limit.
        return start(limit, slightlyBack ? counted : now);
    }

    /** What was used of it; a clock that was set back further carries the count along instead of starting anew. */
    private static long used(@Nullable Count count, long start) {
        return count == null ? 0 : used(count.cell(0), count.cell(1), start);
    }

    private static long used(long counted, long usedThen, long start) {
        return start <= counted ? usedThen : 0;
    }

    static LimitStatus status(RateLimit limit, long start, long used, long now, boolean admitted) {
        long remaining = Math.max(0, limit.permits() - used);
        long end = start + limit.windowMillis();
        long wait = remaining > 0 ? 0 : end - now;
        return new LimitStatus(admitted, limit.permits(), remaining, end, wait, limit.windowMillis(), now);
    }

    @Override
    public String toString() {
        return "fixed";
    }
}
