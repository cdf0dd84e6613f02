package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GcraTest {

    private static final long NOW = Instant.parse("2026-03-04T05:06:07.089Z").toEpochMilli();

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "1, 10",
        "3, 7",
        "7, 3",
        "7, 1000",
        "10, 1000",
        "3, 60000",
        "60, 60000",
        "999, 1000",
        "13, 31622400000"
    })
    void bucket_of_tokens_that_fills_evenly_agrees(long permits, long window) {
        for (int seed = 0; seed < 3; seed++) {
            RandomClient walk = new RandomClient(RateLimit.gcra(permits, Duration.ofMillis(window)), NOW, seed);
            Bucket bucket = new Bucket(permits, window, NOW);
            for (int step = 0; step < 3_000; step++) {
                boolean expected = bucket.take(walk.now);
                LimitStatus status = walk.take().status();
                assertThat(status.admitted()).isEqualTo(expected);
                assertThat(status.remaining()).isEqualTo(bucket.whole());
                assertThat(status.resetMillis()).isEqualTo(walk.now + bucket.millisUntil(permits));
                assertThat(status.retryMillis()).isEqualTo(bucket.millisUntil(1));
                walk.advance();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "3, 7", "7, 1000", "60, 60000"})
    void no_interval_admits_more_than_the_burst_and_the_refilled_permits(long permits, long window) {
        RandomClient walk = new RandomClient(RateLimit.gcra(permits, Duration.ofMillis(window)), NOW, 1);
        List<Long> log = new ArrayList<>();
        for (int step = 0; step < 2_000; step++) {
            if (walk.take().status().admitted()) {
                log.add(walk.now);
            }
            walk.advance();
        }
        assertThat(log).hasSizeBetween(100, 1_990);
        for (int from = 0; from < log.size(); from++) {
            for (int to = from; to < log.size(); to++) {
                long stretch = log.get(to) - log.get(from);
                if ((to - from + 1 - permits) * window > stretch * permits) {
                    assertThat(to - from + 1)
                            .as("admitted within %s ms", stretch)
                            .isZero();
                }
            }
        }
    }

    @Test
    void permits_come_back_one_by_one_evenly_over_the_window() {
        RandomClient walk = new RandomClient(RateLimit.gcra(3, Duration.ofSeconds(1)), NOW, 1);
        for (long remaining = 2; remaining >= 0; remaining--) {
            assertThat(walk.take().status().remaining()).isEqualTo(remaining);
        }
        assertThat(walk.take().status()).isEqualTo(LimitStatus.of(false, 3, 0, NOW + 1_000, 334, 1_000, walk.now));
        walk.now = NOW + 333;
        assertThat(walk.take().status().admitted()).isFalse();
        for (long due : new long[] {334, 667, 1_000, 1_334, 1_667, 2_000}) {
            walk.now = NOW + due;
            assertThat(walk.take().status().admitted()).as("after %s ms", due).isTrue();
            assertThat(walk.take().status().admitted()).as("after %s ms", due).isFalse();
        }
    }

    @Test
    void lowered_permits_are_reported_exactly() {
        RateLimit wide = RateLimit.gcra(1_000, Duration.ofMinutes(1));
        LimitState count = null;
        for (int i = 0; i < 1_000; i++) {
            count = wide.take(count, NOW).count();
        }
        RateLimit narrow = wide.withPermits(1);
        LimitStatus refused = narrow.take(count, NOW).status();

        assertThat(refused).isEqualTo(LimitStatus.of(false, 1, 0, NOW + 60_000, 60_000, 60_000, NOW));
        assertThat(narrow.take(count, NOW + 59_999).status().admitted()).isFalse();
        assertThat(narrow.take(count, NOW + 60_000).status().admitted()).isTrue();
    }

    /** A call with a limit of few permits in between must not empty the bucket of a limit with many. */
    @Test
    void bucket_is_as_full_for_limits_with_other_permits() {
        RateLimit wide = RateLimit.gcra(1_000, Duration.ofMinutes(1));
        RateLimit narrow = wide.withPermits(2);
        LimitState count = wide.take(null, 1_000, NOW, Duration.ZERO).count();
        long admitted = 0;
        for (long now = NOW; now <= NOW + 30_000; now += 1_000) {
            TakeResult few = narrow.take(count, 9, now, Duration.ZERO);
            TakeResult many = wide.take(few.count(), 9_999, now, Duration.ZERO);
            admitted += few.permits() + many.permits();
            count = many.count();
        }
        assertThat(admitted).as("permits refilled in half a window").isBetween(480L, 500L);
    }

    @Test
    void largest_product_does_not_overflow() {
        long permits = RateLimit.MAX_PERMITS;
        long window = Long.MAX_VALUE / permits;
        RateLimit limit = RateLimit.gcra(permits, Duration.ofMillis(window));
        LimitState full = LimitState.of(Gcra.MEASURE, NOW, permits * window, permits);

        assertThat(limit.take(full, NOW).status())
                .isEqualTo(LimitStatus.of(false, permits, 0, NOW + window, 10, window, NOW));
        assertThat(limit.take(full, NOW + 9).status().admitted()).isFalse();
        assertThat(limit.take(full, NOW + 10).status().admitted()).isTrue();
        assertThat(limit.peek(full, NOW + window - 1).remaining()).isEqualTo(permits - 1);
        for (int halves = 2; halves < 40; halves++) {
            long later = NOW + halves * window / 2;
            assertThat(limit.peek(full, later)).isEqualTo(limit.peek(null, later));
        }
        assertThat(limit.idleFrom(full)).isEqualTo(NOW + window);
    }

    /** A bucket of tokens. A token has {@code window} parts, and {@code permits} parts are added per millisecond. */
    private static class Bucket {

        private final BigInteger permits;
        private final BigInteger window;
        private BigInteger parts;
        private long last;

        Bucket(long permits, long window, long now) {
            this.permits = BigInteger.valueOf(permits);
            this.window = BigInteger.valueOf(window);
            this.parts = this.permits.multiply(this.window);
            this.last = now;
        }

        boolean take(long now) {
            BigInteger came = BigInteger.valueOf(now - last).multiply(permits);
            parts = parts.add(came).min(permits.multiply(window));
            last = now;
            boolean admitted = parts.compareTo(window) >= 0;
            parts = admitted ? parts.subtract(window) : parts;
            return admitted;
        }

        long whole() {
            return parts.divide(window).longValueExact();
        }

        long millisUntil(long tokens) {
            BigInteger missing =
                    BigInteger.valueOf(tokens).multiply(window).subtract(parts).max(BigInteger.ZERO);
            return missing.add(permits).subtract(BigInteger.ONE).divide(permits).longValueExact();
        }
    }
}
