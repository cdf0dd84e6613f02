package school.lectern.auth.limit;

/**
 * A window that slides in slots. Any stretch of time as long as the window touches at most {@code SLOTS + 1} slots. A request
 * is admitted only if these slots together contain fewer requests than the limit has permits, so every such stretch is within
 * the limit. Cells: the number of the newest slot, then the number of permits that were admitted in it, in the slot before
 * it, and so on.
 */
final class SlidingWindow implements LimitAlgorithm {

    static final LimitAlgorithm MEASURE = new SlidingWindow();

    static final int SLOTS = 10;
    private static final int KEPT = SLOTS + 1;

    private SlidingWindow() {}

    @Override
    public boolean isValid(RateLimit limit, long[] cells) {
        boolean valid = cells.length == 1 + KEPT && Math.abs(cells[0]) <= MAX_TIME / slotMillis(limit);
        for (int i = 1; valid && i < cells.length; i++) {
            valid = cells[i] >= 0 && cells[i] <= RateLimit.MAX_PERMITS;
        }
        return valid;
    }

    @Override
    public long time(RateLimit limit, long[] cells) {
        return cells[0] * slotMillis(limit);
    }

    @Override
    public long[] startedAt(RateLimit limit, long now) {
        long[] cells = new long[1 + KEPT];
        cells[0] = slot(limit, now);
        return cells;
    }

    @Override
    public long[] movedTo(RateLimit limit, long[] cells, long now) {
        long[] moved = startedAt(limit, now);
        long passed = moved[0] - cells[0];
        for (int age = 0; age + passed < KEPT; age++) {
            moved[1 + age + (int) passed] = cells[1 + age];
        }
        return moved;
    }

    @Override
    public long[] carriedTo(RateLimit limit, long[] cells, long now) {
        long[] carried = cells.clone();
        carried[0] = slot(limit, now);
        return carried;
    }

    @Override
    public long[] larger(RateLimit limit, long[] one, long[] other) {
        long[] larger = one.clone();
        for (int i = 1; i < larger.length; i++) {
            larger[i] = Math.max(one[i], other[i]);
        }
        return larger;
    }

    @Override
    public long available(RateLimit limit, long[] cells) {
        return Math.max(0, limit.permits() - total(cells));
    }

    @Override
    public long[] plus(RateLimit limit, long[] cells, long permits) {
        long[] more = cells.clone();
        more[1] += permits;
        return more;
    }

    @Override
    public long[] minus(RateLimit limit, long[] cells, long permits, long countedAt) {
        long age = cells[0] - slot(limit, countedAt);
        if (age < 0 || age >= KEPT) {
            return cells;
        }
        long[] fewer = cells.clone();
        int cell = 1 + (int) age;
        fewer[cell] = Math.max(0, fewer[cell] - permits);
        return fewer;
    }

    @Override
    public LimitStatus status(RateLimit limit, long[] cells, long now, boolean admitted) {
        long remaining = available(limit, cells);
        long free = remaining > 0 ? now : whenBelow(limit, cells, limit.permits());
        return LimitStatus.of(
                admitted,
                limit.permits(),
                remaining,
                Math.max(now, whenBelow(limit, cells, 1)),
                Math.max(0, free - now),
                limit.windowMillis(),
                now);
    }

    /** {@return the time at which enough of the oldest slots have expired for the sum to be below the bound} */
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

    @Override
    public long idleFrom(RateLimit limit, long[] cells) {
        int newest = 0;
        while (newest < KEPT && cells[1 + newest] == 0) {
            newest++;
        }
        return (cells[0] - newest + KEPT) * slotMillis(limit);
    }

    private static long total(long[] cells) {
        long sum = 0;
        for (int i = 1; i < cells.length; i++) {
            sum += cells[i];
        }
        return sum;
    }

    private static long slot(RateLimit limit, long now) {
        return Math.floorDiv(now, slotMillis(limit));
    }

    private static long slotMillis(RateLimit limit) {
        return LimitAlgorithm.ceilDiv(limit.windowMillis(), SLOTS);
    }

    @Override
    public String toString() {
        return "sliding";
    }
}
