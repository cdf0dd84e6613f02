package school.lectern.auth.limit;

import org.jspecify.annotations.Nullable;

/**
 * A window that slides in slots. Any stretch of time as long as the window touches at most {@code SLOTS + 1} slots, so
 * admitting only while these together hold fewer than the permits bounds every such stretch. Cells: the number of the
 * newest slot, then what was admitted in it, in the one before, and so on.
 */
final class SlidingWindow implements Measure {

    static final Measure MEASURE = new SlidingWindow();

    static final int SLOTS = 10;
    private static final int KEPT = SLOTS + 1;

    private SlidingWindow() {}

    @Override
    public Taken take(RateLimit limit, @Nullable Count count, long most, long now) {
        long[] cells = current(limit, count, now);
        long taken = Math.min(most, Math.max(0, limit.permits() - total(cells)));
        cells[1] += taken;
        return new Taken(Count.of(this, cells), taken, status(limit, cells, now, taken > 0));
    }

    @Override
    public LimitStatus peek(RateLimit limit, @Nullable Count count, long now) {
        long[] cells = current(limit, count, now);
        return status(limit, cells, now, total(cells) < limit.permits());
    }

    @Override
    public long idleFrom(RateLimit limit, Count count) {
        int newest = 0;
        while (newest < KEPT && count.cell(1 + newest) == 0) {
            newest++;
        }
        return (count.cell(0) - newest + KEPT) * slotMillis(limit);
    }

    /** The cells as they stand now: moved on by the slots that have passed. */
    private static long[] current(RateLimit limit, @Nullable Count count, long now) {
        long[] cells = new long[1 + KEPT];
        cells[0] = Math.floorDiv(now, slotMillis(limit));
        if (count == null) {
            return cells;
        }
        long passed = cells[0] - count.cell(0);
        if (passed < 0) {
            // The clock was set back: by less than a window it is waited out, by more the counts come along.
            cells[0] = -passed <= SLOTS ? count.cell(0) : cells[0];
            passed = 0;
        }
        for (int age = 0; age + passed < KEPT; age++) {
            cells[1 + age + (int) passed] = count.cell(1 + age);
        }
        return cells;
    }

    private static LimitStatus status(RateLimit limit, long[] cells, long now, boolean admitted) {
        long remaining = Math.max(0, limit.permits() - total(cells));
        long free = remaining > 0 ? now : whenBelow(limit, cells, limit.permits());
        return new LimitStatus(
                admitted,
                limit.permits(),
                remaining,
                Math.max(now, whenBelow(limit, cells, 1)),
                Math.max(0, free - now),
                limit.windowMillis(),
                now);
    }

    /** When enough of the oldest slots have left for the sum to be below the bound. */
    private static long whenBelow(RateLimit limit, long[] cells, long bound) {
        long sum = total(cells);
        for (int age = KEPT - 1; age >= 0; age--) {
            if (sum < bound) {
                return (cells[0] + KEPT - 1 - age) * slotMillis(limit);
            }
            sum -= cells[1 + age];
        }
        return (cells[0] + KEPT) * slotMillis(limit);
    }

    private static long total(long[] cells) {
        long sum = 0;
        for (int i = 1; i < cells.length; i++) {
            sum += cells[i];
        }
        return sum;
    }

    private static long slotMillis(RateLimit limit) {
        return Measure.ceilDiv(limit.windowMillis(), SLOTS);
    }

    @Override
    public String toString() {
        return "sliding";
    }
}
