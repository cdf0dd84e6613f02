package school.lectern.auth.limit;

/** Fixed windows, aligned to the epoch. Cells: the start of the window, and the number of permits that were admitted in it. */
final class FixedWindow implements LimitAlgorithm {

    static final LimitAlgorithm MEASURE = new FixedWindow();

    private FixedWindow() {}

    @Override
    public boolean isValid(RateLimit limit, long[] cells) {
        return cells.length == 2
                && LimitAlgorithm.isTime(cells[0])
                && cells[0] == start(limit, cells[0])
                && cells[1] >= 0
                && cells[1] <= RateLimit.MAX_PERMITS;
    }

    @Override
    public long time(RateLimit limit, long[] cells) {
        return cells[0];
    }

    @Override
    public long[] startedAt(RateLimit limit, long now) {
        return new long[] {start(limit, now), 0};
    }

    @Override
    public long[] movedTo(RateLimit limit, long[] cells, long now) {
        return now < cells[0] + limit.windowMillis() ? cells : startedAt(limit, now);
    }

    @Override
    public long[] carriedTo(RateLimit limit, long[] cells, long now) {
        return new long[] {start(limit, now), cells[1]};
    }

    @Override
    public long[] larger(RateLimit limit, long[] one, long[] other) {
        return one[1] >= other[1] ? one : other;
    }

    @Override
    public long available(RateLimit limit, long[] cells) {
        return Math.max(0, limit.permits() - cells[1]);
    }

    @Override
    public long[] plus(RateLimit limit, long[] cells, long permits) {
        return new long[] {cells[0], cells[1] + permits};
    }

    @Override
    public long[] minus(RateLimit limit, long[] cells, long permits, long countedAt) {
        return cells[0] == countedAt ? new long[] {cells[0], Math.max(0, cells[1] - permits)} : cells;
    }

    @Override
    public LimitStatus status(RateLimit limit, long[] cells, long now, boolean admitted) {
        return status(limit, cells[0], cells[1], now, admitted);
    }

    static LimitStatus status(RateLimit limit, long start, long used, long now, boolean admitted) {
        long remaining = Math.max(0, limit.permits() - used);
        long end = start + limit.windowMillis();
        long wait = remaining > 0 ? 0 : end - now;
        return LimitStatus.of(admitted, limit.permits(), remaining, end, wait, limit.windowMillis(), now);
    }

    @Override
    public long idleFrom(RateLimit limit, long[] cells) {
        return cells[0] + limit.windowMillis();
    }

    /** {@return the start of the window that contains the time} */
    private static long start(RateLimit limit, long now) {
        return now - Math.floorMod(now, limit.windowMillis());
    }

    @Override
    public String toString() {
        return "fixed";
    }
}
