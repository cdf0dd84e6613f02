package school.lectern.auth.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/** Lists of limits in a store that cannot count some of them. */
class LimitStoreTest {

    private static final Clocks CLOCKS = Clocks.of(Clock.fixed(Instant.parse("2026-05-07T13:23:30Z"), ZoneOffset.UTC));

    private final Store store = new Store();
    private final LimitTake first = take("a", 2);
    private final LimitTake second = take("b", 2);
    private final LimitTake third = take("c", 1);

    private static LimitTake take(String policy, long permits) {
        return LimitTake.of(new LimitKey("t-1", policy), RateLimit.fixed(permits, Duration.ofMinutes(1)));
    }

    /** Counts in memory, and fails for some policies. */
    private static class Store implements LimitStore {
        private final LimitStore real = new InMemoryLimitStore(CLOCKS);
        private final List<String> calls = new ArrayList<>();
        private String failsReserve = "";
        private String failsPutBack = "";

        @Override
        public LimitStatus take(LimitTake take, Moment now) {
            calls.add("take " + take.key().policy());
            return real.take(take, now);
        }

        @Override
        public Reservation reserve(LimitTake take, Moment now) {
            String policy = take.key().policy();
            calls.add("reserve " + policy);
            if (failsReserve.contains(policy)) {
                throw new StorageException("no reserve of " + policy);
            }
            Reservation reserved = real.reserve(take, now);
            return new Reservation() {
                @Override
                public LimitStatus status() {
                    return reserved.status();
                }

                @Override
                public void putBack() {
                    calls.add("put back " + policy);
                    if (failsPutBack.contains(policy)) {
                        throw new StorageException("no put back of " + policy);
                    }
                    reserved.putBack();
                }
            };
        }

        @Override
        public LimitStatus peek(LimitTake take, Moment now) {
            return real.peek(take, now);
        }
    }

    private List<LimitStatus> take(LimitTake... takes) {
        return store.take(List.of(takes), CLOCKS.now());
    }

    private long left(LimitTake take) {
        return store.peek(take, CLOCKS.now()).remaining();
    }

    @Test
    void permits_are_reserved_in_one_order_whatever_the_order_of_the_list_is() {
        assertThat(take(third, first, second)).allMatch(LimitStatus::admitted);

        assertThat(store.calls).containsExactly("reserve a", "reserve b", "reserve c");
    }

    @Test
    void a_list_of_one_limit_reserves_nothing() {
        assertThat(take(first)).allMatch(LimitStatus::admitted).hasSize(1);

        assertThat(store.calls).containsExactly("take a");
    }

    @Test
    void an_empty_list_takes_nothing() {
        assertThat(take()).isEmpty();

        assertThat(store.calls).isEmpty();
    }

    @Test
    void a_failure_puts_the_earlier_permits_back() {
        store.failsReserve = "c";

        assertThatThrownBy(() -> take(first, second, third))
                .isInstanceOf(StorageException.class)
                .hasMessage("no reserve of c")
                .hasNoSuppressedExceptions();

        assertThat(store.calls).endsWith("put back a", "put back b");
        assertThat(left(first)).isEqualTo(2);
        assertThat(left(second)).isEqualTo(2);
    }

    @Test
    void a_permit_that_cannot_be_put_back_after_a_failure_stays_spent_and_the_others_do_not() {
        store.failsReserve = "c";
        store.failsPutBack = "a";

        assertThatThrownBy(() -> take(first, second, third))
                .hasMessage("no reserve of c")
                .satisfies(failed -> assertThat(failed.getSuppressed())
                        .singleElement()
                        .satisfies(each -> assertThat(each).hasMessage("no put back of a")));

        assertThat(left(first)).isEqualTo(1);
        assertThat(left(second)).isEqualTo(2);
    }

    @Test
    void a_refusal_whose_permits_cannot_be_put_back_is_a_failure() {
        LimitStatus last = store.real.take(third, CLOCKS.now());
        store.failsPutBack = "ab";

        assertThatThrownBy(() -> take(first, second, third))
                .hasMessage("no put back of a")
                .satisfies(failed -> assertThat(failed.getSuppressed())
                        .singleElement()
                        .satisfies(each -> assertThat(each).hasMessage("no put back of b")));

        assertThat(last.admitted()).isTrue();
        assertThat(left(first)).isEqualTo(1);
        assertThat(left(second)).isEqualTo(1);
    }

    @Test
    void a_checked_store_refuses_another_number_of_statuses_than_of_limits() {
        LimitStatus status = store.peek(first, CLOCKS.now());
        for (List<LimitStatus> returned :
                List.of(List.<LimitStatus>of(), List.of(status), List.of(status, status, status))) {
            LimitStore checked = new CheckedLimitStore(new Store() {
                @Override
                public List<LimitStatus> take(List<LimitTake> takes, Moment now) {
                    return returned;
                }
            });

            assertThatThrownBy(() -> checked.take(List.of(first, second), CLOCKS.now()))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("for 2 limits");
        }
        assertThat(new CheckedLimitStore(store).take(List.of(first, second), CLOCKS.now()))
                .extracting(LimitStatus::remaining)
                .containsExactly(1L, 1L);
    }
}
