package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.time.Moment;

class FailureBoundTest {

    private static final Instant START = Instant.parse("2026-05-07T13:23:30Z");
    private static final IpAddress HERE = address("10.0.0.1");

    private final FailureBound bound = new FailureBound(100);
    private long nanos = 7;

    private static IpAddress address(String text) {
        return IpAddress.parse(text).orElseThrow();
    }

    /** Returns a moment with the given wall time, read after all previous moments. */
    private Moment at(Instant wall) {
        return new Moment(nanos++, wall.toEpochMilli());
    }

    private void fail(String token, @Nullable IpAddress address, Instant now, int times) {
        for (int i = 0; i < times; i++) {
            bound.requireTry(token, address, at(now));
            bound.take(token, address, at(now)).end(true);
        }
    }

    private void refused(String token, @Nullable IpAddress address, Instant now, long seconds) {
        assertThatExceptionOfType(HashingOverloadedException.class)
                .isThrownBy(() -> bound.requireTry(token, address, at(now)))
                .satisfies(busy -> assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(seconds)));
        assertThatExceptionOfType(HashingOverloadedException.class)
                .isThrownBy(() -> bound.take(token, address, at(now)))
                .satisfies(busy -> assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(seconds)));
    }

    @Test
    void five_tries_fail_and_the_sixth_waits_for_the_rest_of_the_minute() {
        fail("t", HERE, START, 1);
        fail("t", HERE, START.plusSeconds(10), 4);

        refused("t", HERE, START.plusSeconds(10), 50);
        refused("t", HERE, START.plusMillis(59_999), 1);
        fail("t", HERE, START.plusSeconds(60), 5);
        refused("t", HERE, START.plusSeconds(60), 60);
    }

    @Test
    void a_caller_that_read_the_clocks_before_the_window_began_does_not_end_it() {
        Moment early = at(START.minusSeconds(1));
        fail("t", HERE, START, 5);
        assertThatExceptionOfType(HashingOverloadedException.class).isThrownBy(() -> bound.take("t", HERE, early));
        refused("t", HERE, START, 60);
    }

    @Test
    void a_client_has_twenty_tries_over_all_tokens_and_a_site_forty() {
        for (int token = 0; token < 5; token++) {
            fail("t" + token, address("2001:db8:1:1::1"), START, 4);
        }
        refused("t9", address("2001:db8:1:1::2"), START, 60);
        for (int token = 5; token < 10; token++) {
            fail("t" + token, address("2001:db8:1:2::1"), START, 4);
        }
        refused("t9", address("2001:db8:1:3::1"), START, 60);
        fail("t9", address("2001:db8:2:1::1"), START, 1);
        fail("t9", HERE, START, 1);
    }

    /**
     * Without addresses, the attempts of one caller are those of all callers: a bound over all tokens would lock out all
     * owners.
     */
    @Test
    void without_addresses_only_the_attempts_per_token_count() {
        for (int token = 0; token < 50; token++) {
            fail("t" + token, null, START, 5);
            refused("t" + token, null, START, 60);
        }
    }

    @Test
    void a_try_that_succeeds_is_given_back() {
        fail("t", HERE, START, 4);
        for (int i = 0; i < 10; i++) {
            bound.take("t", HERE, at(START)).end(false);
        }
        fail("t", HERE, START, 1);

        refused("t", HERE, START, 60);
    }

    @Test
    void tries_under_way_count_until_they_end_and_ask_for_a_second() {
        fail("t", HERE, START, 2);
        FailureBound.Try third = bound.take("t", HERE, at(START));
        FailureBound.Try fourth = bound.take("t", HERE, at(START));
        FailureBound.Try fifth = bound.take("t", HERE, at(START));

        refused("t", HERE, START, 1);
        third.end(false);
        bound.take("t", HERE, at(START)).end(false);
        fourth.end(true);
        fifth.end(true);
        fail("t", HERE, START, 1);
        refused("t", HERE, START, 60);
    }

    @Test
    void a_try_that_ends_after_its_minute_counts_in_no_other() {
        FailureBound.Try late = bound.take("t", HERE, at(START));
        fail("t", HERE, START.plusSeconds(61), 1);
        late.end(true);
        fail("t", HERE, START.plusSeconds(61), 4);

        refused("t", HERE, START.plusSeconds(61), 60);
    }

    @Test
    void another_token_and_another_address_are_counted_apart() {
        fail("t", HERE, START, 5);

        refused("t", HERE, START, 60);
        fail("t", address("10.0.0.2"), START, 5);
        fail("other", HERE, START, 5);
    }

    @Test
    void addresses_of_one_client_are_counted_as_one() {
        fail("t", address("2001:db8:1:2::1"), START, 5);

        refused("t", address("2001:db8:1:2:ffff:ffff:ffff:ffff"), START, 60);
        fail("t", address("2001:db8:1:3::1"), START, 5);
        fail("t", null, START, 5);
        refused("t", null, START, 60);
    }

    @Test
    void a_clock_that_is_set_back_locks_out_no_caller() {
        fail("t", HERE, START, 5);

        fail("t", HERE, START.minusSeconds(3600), 5);
        refused("t", HERE, START.minusSeconds(3600), 60);
    }

    @Test
    void a_full_table_forgets_the_caller_with_the_oldest_attempt() {
        // Without an address, each attempt is counted once.
        fail("kept", null, START, 5);
        fail("old", null, START, 5);
        for (int i = 0; i < 98; i++) {
            fail("t" + i, null, START, 1);
        }
        refused("kept", null, START, 60);
        fail("one more", null, START, 1);

        refused("kept", null, START, 60);
        assertThatCode(() -> bound.requireTry("old", null, at(START))).doesNotThrowAnyException();
    }
}
