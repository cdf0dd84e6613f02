package school.lectern.auth.jdbc;

import java.util.concurrent.TimeUnit;

/**
 * Estimates how many permits this process used in the last second. The estimate is never higher than the true number. Not safe
 * for concurrent use.
 */
final class UseRate {

    private static final int SLOTS = 10;
    private static final long SLOT_NANOS = TimeUnit.SECONDS.toNanos(1) / SLOTS;

    private final long[] used = new long[SLOTS];
    private final long firstNanos;
    private long newest;

    /** @param nowNanos the current time by the monotonic clock, in nanoseconds */
    UseRate(long nowNanos) {
        this.firstNanos = nowNanos;
    }

    /** Counts one permit as used at the given time. */
    void note(long nowNanos) {
        moveTo(nowNanos);
        used[slot(newest)]++;
    }

    /** {@return the number of permits that were used in the current slot of a tenth of a second, and in the nine before it} */
    long inLastSecond(long nowNanos) {
        moveTo(nowNanos);
        long sum = 0;
        for (long each : used) {
            sum += each;
        }
        return sum;
    }

    private void moveTo(long nowNanos) {
        long now = Math.max(newest, (nowNanos - firstNanos) / SLOT_NANOS);
        for (long slot = Math.max(newest + 1, now - SLOTS + 1); slot <= now; slot++) {
            used[slot(slot)] = 0;
        }
        newest = now;
    }

    private static int slot(long number) {
        return (int) (number % SLOTS);
    }
}
