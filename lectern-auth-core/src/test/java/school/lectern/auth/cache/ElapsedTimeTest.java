package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.token.StoredToken;

/** If two clocks disagree, the larger elapsed time is used. */
class ElapsedTimeTest {

    private final CacheFixture rig = new CacheFixture();
    private StoredToken token;

    @BeforeEach
    void cached() {
        rig.poll();
        token = rig.cached();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void a_wall_clock_that_is_set_ahead_ends_the_lease() {
        rig.wall.advance(Duration.ofDays(1));
        assertThat(rig.asks(token)).isTrue();
        rig.poll();
        rig.find(token);
        assertThat(rig.asks(token)).as("until the next poll").isFalse();
    }

    @Test
    void a_wall_clock_that_says_the_end_of_time_ends_the_lease() {
        rig.wall.set(Instant.ofEpochMilli(Long.MAX_VALUE));
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void a_wall_clock_that_is_set_back_does_not_make_a_lease_longer() {
        rig.wall.advance(Duration.ofDays(-1));
        assertThat(rig.asks(token)).isFalse();
        rig.passByMonotonicClockOnly(CacheFixture.LEASE);
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void a_stopped_monotonic_clock_does_not_extend_a_lease() {
        rig.wall.advance(CacheFixture.LEASE);
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void a_cached_row_is_read_again_after_a_minute_however_often_the_lease_was_renewed() {
        for (int i = 0; i < 119; i++) {
            rig.pass(CacheFixture.LEASE.dividedBy(2));
            rig.poll();
        }
        rig.pass(CacheFixture.LEASE.dividedBy(2).minusNanos(1));
        assertThat(rig.asks(token)).isFalse();
        rig.pass(Duration.ofNanos(1));
        assertThat(rig.asks(token)).isTrue();
        assertThat(rig.asks(token)).as("and cached again").isFalse();
    }

    @Test
    void the_age_of_a_cached_row_counts_from_before_its_read() {
        rig.poll();
        StoredToken slow = rig.insert();
        rig.store.before("find", () -> rig.pass(CacheFixture.LEASE.dividedBy(2)));
        rig.find(slow);
        for (int i = 0; i < 118; i++) {
            rig.poll();
            rig.pass(CacheFixture.LEASE.dividedBy(2));
        }
        rig.poll();
        assertThat(rig.asks(slow)).isFalse();
        rig.pass(CacheFixture.LEASE.dividedBy(2));
        rig.poll();
        assertThat(rig.asks(slow)).isTrue();
    }
}
