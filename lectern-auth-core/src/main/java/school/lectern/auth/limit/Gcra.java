package school.lectern.auth.limit;

import java.math.BigInteger;

/**
 * The generic cell rate algorithm (ITU-T I.371), in the form of a leaky bucket that is used as a meter. Each request adds
 * {@code window} drops, {@code permits} drops leak each millisecond, and the bucket has a capacity of
 * {@code permits × window} drops. With these units no division is needed, and nothing is lost to rounding.
 *
 * <p>Cells: the time at which the bucket was last updated, the drops that it contained at that time, and the number of
 * permits of the limit that updated it, which determines the capacity. A limit with another number of permits converts the
 * drops so that the bucket is filled to the same fraction, because a bucket takes the same time to drain for all of them. So
 * if a limit with few permits is used in between, it never empties the bucket of a limit with many permits.
 */
final class Gcra implements LimitAlgorithm {

    static final LimitAlgorithm MEASURE = new Gcra();

    private Gcra() {}

    @Override
    public boolean isValid(RateLimit limit, long[] cells) {
        return cells.length == 3
                && LimitAlgorithm.isTime(cells[0])
                && cells[2] >= 1
                && cells[2] <= Long.MAX_VALUE / limit.windowMillis()
                && cells[1] >= 0
                && cells[1] <= cells[2] * limit.windowMillis();
    }

    @Override
    public long time(RateLimit limit, long[] cells) {
        return cells[0];
    }

    @Override
    public long[] startedAt(RateLimit limit, long now) {
        return cells(limit, now, 0);
    }

    @Override
    public long[] movedTo(RateLimit limit, long[] cells, long now) {
        long passed = now - cells[0];
        // After a whole window the bucket is empty; this check comes first, so that the product cannot overflow.
        long drops = passed >= limit.windowMillis() ? 0 : drops(limit, cells) - passed * limit.permits();
        return cells(limit, now, Math.max(0, drops));
    }

    @Override
    public long[] carriedTo(RateLimit limit, long[] cells, long now) {
        return cells(limit, now, drops(limit, cells));
    }

    @Override
    public long[] larger(RateLimit limit, long[] one, long[] other) {
        return drops(limit, one) >= drops(limit, other) ? one : other;
    }

    @Override
    public long available(RateLimit limit, long[] cells) {
        return (capacity(limit) - drops(limit, cells)) / limit.windowMillis();
    }

    @Override
    public long[] plus(RateLimit limit, long[] cells, long permits) {
        return cells(limit, cells[0], drops(limit, cells) + permits * limit.windowMillis());
    }

    /**
     * Removes only the drops of these permits that cannot have leaked. At most {@code passed × permits} drops have leaked
     * since they were added, so at least the rest of them is still in the bucket, and the drops of other requests stay in it.
     */
    @Override
    public long[] minus(RateLimit limit, long[] cells, long permits, long countedAt) {
        long passed = cells[0] - countedAt;
        if (passed < 0 || passed >= limit.windowMillis()) {
            return cells;
        }
        long poured = Math.min(permits, limit.permits()) * limit.windowMillis();
        long left = Math.max(0, poured - passed * limit.permits());
        return cells(limit, cells[0], Math.max(0, drops(limit, cells) - left));
    }

    @Override
    public LimitStatus status(RateLimit limit, long[] cells, long now, boolean admitted) {
        long drops = drops(limit, cells);
        long room = capacity(limit) - drops;
        long remaining = room / limit.windowMillis();
        long missing = limit.windowMillis() - room;
        long wait = remaining > 0 ? 0 : LimitAlgorithm.ceilDiv(missing, limit.permits()) + (cells[0] - now);
        long reset = cells[0] + LimitAlgorithm.ceilDiv(drops, limit.permits());
        return LimitStatus.of(admitted, limit.permits(), remaining, reset, wait, limit.windowMillis(), now);
    }

    @Override
    public long idleFrom(RateLimit limit, long[] cells) {
        return cells[0] + LimitAlgorithm.ceilDiv(drops(limit, cells), limit.permits());
    }

    private static long[] cells(RateLimit limit, long at, long drops) {
        return new long[] {at, drops, limit.permits()};
    }

    /** {@return the drops for this limit's number of permits, rounded up} */
    private static long drops(RateLimit limit, long[] cells) {
        if (cells[2] == limit.permits()) {
            return cells[1];
        }
        BigInteger[] drops = BigInteger.valueOf(cells[1])
                .multiply(BigInteger.valueOf(limit.permits()))
                .divideAndRemainder(BigInteger.valueOf(cells[2]));
        return drops[0].longValueExact() + drops[1].signum();
    }

    /**
     * {@return the capacity of the bucket: at most 10^9 × 3.2 × 10^10, and {@code RateLimit} rejects products that do not fit
     * a long}
     */
    private static long capacity(RateLimit limit) {
        return limit.permits() * limit.windowMillis();
    }

    @Override
    public String toString() {
        return "gcra";
    }
}
