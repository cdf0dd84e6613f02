package school.lectern.auth.limit;

import org.jspecify.annotations.Nullable;

/**
 * The generic cell rate algorithm (ITU-T I.371), in its form as a leaky bucket that is a meter. Each request pours in
 * {@code window} drops, {@code permits} drops leak away a millisecond, and the bucket holds {@code permits × window}
 * drops, so that no division is needed and nothing is lost to rounding. Cells: when it was last looked at, and the drops
 * that it held then.
 */
final class Gcra implements Measure {

    static final Measure MEASURE = new Gcra();

    private Gcra() {}

    @Override
    public Taken take(RateLimit limit, @Nullable Count count, long most, long now) {
        long at = at(limit, count, now);
        long drops = drops(limit, count, at);
        long taken = Math.min(most, (capacity(limit) - drops) / limit.windowMillis());
        long after = drops + taken * limit.windowMillis();
        return new Taken(Count.of(this, at, after), taken, status(limit, at, after, now, taken > 0));
    }

    @Override
    public LimitStatus peek(RateLimit limit, @Nullable Count count, long now) {
        long at = at(limit, count, now);
        long drops = drops(limit, count, at);
        return status(limit, at, drops, now, drops <= capacity(limit) - limit.windowMillis());
    }

    @Override
    public long idleFrom(RateLimit limit, Count count) {
        return count.cell(0) + Measure.ceilDiv(kept(limit, count), limit.permits());
    }

    /** The time that counts: the clock's, unless it was set back by less than one window. */
    private static long at(RateLimit limit, @Nullable Count count, long now) {
        if (count == null || now >= count.cell(0)) {
            return now;
        }
        return count.cell(0) - now <= limit.windowMillis() ? count.cell(0) : now;
    }

    private static long drops(RateLimit limit, @Nullable Count count, long at) {
        if (count == null) {
            return 0;
        }
        long passed = Math.max(0, at - count.cell(0));
        // Past a whole window everything has leaked away; asking first keeps the product from overflowing.
        return passed >= limit.windowMillis() ? 0 : Math.max(0, kept(limit, count) - passed * limit.permits());
    }

    private static LimitStatus status(RateLimit limit, long at, long drops, long now, boolean admitted) {
        long room = Math.max(0, capacity(limit) - drops);
        long remaining = room / limit.windowMillis();
        long missing = limit.windowMillis() - room;
        long wait = remaining > 0 ? 0 : Measure.ceilDiv(missing, limit.permits()) + (at - now);
        long reset = at + Measure.ceilDiv(drops, limit.permits());
        return new LimitStatus(admitted, limit.permits(), remaining, reset, wait, limit.windowMillis(), now);
    }

    /** What the bucket held, as far as it fits: it may have been larger when that was poured in. */
    private static long kept(RateLimit limit, Count count) {
        return Math.min(count.cell(1), capacity(limit));
    }

    /** At most 10^9 × 3.2 × 10^10: {@code RateLimit} refuses what would not fit a long. */
    private static long capacity(RateLimit limit) {
        return limit.permits() * limit.windowMillis();
    }

    @Override
    public String toString() {
        return "gcra";
    }
}
