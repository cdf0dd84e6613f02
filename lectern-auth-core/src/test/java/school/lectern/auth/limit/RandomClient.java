package school.lectern.auth.limit;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A client that calls at random times, often at the boundaries of slots and windows. Between calls the count is stored as text.
 */
class RandomClient {

    private final RateLimit limit;
    private final Random random;
    private final long window;

    @Nullable
    LimitState count;

    long now;

    RandomClient(RateLimit limit, long start, long seed) {
        this.limit = limit;
        this.random = new Random(seed);
        this.window = limit.window().toMillis();
        this.now = start;
    }

    /** Takes one permit now. */
    TakeResult take() {
        TakeResult taken = limit.take(count, now);
        count = LimitState.parse(taken.count().toString());
        return taken;
    }

    /** Lets some time pass: often little or none, sometimes up to a boundary, rarely a lot. */
    void advance() {
        if (random.nextLong(limit.permits()) >= 7) {
            // A limit with many permits needs many requests before a pause. Otherwise it is never used up.
            now += random.nextLong(1 + window / limit.permits() / 2);
            return;
        }
        long slot = Math.max(1, window / 10);
        now += switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> 0;
            case 4 -> 1;
            case 5, 6 -> random.nextLong(slot);
            case 7 -> toNext(slot) - random.nextInt(2);
            case 8 -> toNext(window) - random.nextInt(2);
            case 9 -> random.nextLong(window);
            case 10 -> window + random.nextInt(3) - 1;
            default ->
                random.nextInt(4) == 0 ? random.nextLong(3 * window) : random.nextLong(1 + window / limit.permits());
        };
    }

    /** Returns by how much the clock is set back at this step, at most the given time; often by nothing. */
    long back(long most) {
        return random.nextInt(3) == 0 ? random.nextLong(most) : 0;
    }

    private long toNext(long unit) {
        return unit - Math.floorMod(now, unit);
    }
}
