package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;

/** Tests of {@link LimitStoreContract}: a list of limits takes one permit of each limit, or none of any. */
abstract class LimitListContract extends LimitStoreFixture {

    @Test
    void a_list_takes_one_permit_of_each_limit() {
        LimitKey key = newKey();
        List<LimitTake> takes = new ArrayList<>();
        for (RateLimit limit : everyMeasure(3)) {
            takes.add(LimitTake.of(key, limit));
            takes.add(LimitTake.of(newKey(), limit));
        }
        for (int left = 2; left >= 0; left--) {
            List<LimitStatus> statuses = limits.take(takes, now());
            for (int i = 0; i < takes.size(); i++) {
                assertTrue(statuses.get(i).admitted(), takes.get(i) + " is admitted while there is a permit");
                assertEquals(left, statuses.get(i).remaining(), "remaining permits of " + takes.get(i));
                assertEquals(
                        left,
                        limits.peek(takes.get(i), now()).remaining(),
                        "remaining permits of " + takes.get(i) + " without taking any");
            }
        }
        LimitTake alone = LimitTake.of(newKey(), RateLimit.fixed(1, WINDOW));
        assertTrue(limits.take(List.of(alone), now()).get(0).admitted(), "a list of one limit with one permit");
        assertEquals(0, limits.peek(alone, now()).remaining(), "remaining permits after a list of one limit");
    }

    @Test
    void a_refused_list_leaves_every_count_as_it_was() {
        for (RateLimit limit : everyMeasure(3)) {
            for (int refusing = 0; refusing < 3; refusing++) {
                LimitKey key = newKey();
                List<LimitTake> takes = List.of(
                        LimitTake.of(new LimitKey(key.subject(), "a"), limit),
                        LimitTake.of(new LimitKey(key.subject(), "b"), limit),
                        LimitTake.of(new LimitKey(key.subject(), "c"), limit));
                assertTrue(limits.take(takes.get(0), now()).admitted(), "a first permit of " + takes.get(0));
                useUp(takes.get(refusing).key(), limit);
                List<LimitStatus> before = peek(takes);
                List<LimitStatus> statuses = limits.take(takes, now());
                List<LimitStatus> after = peek(takes);
                for (int i = 0; i < takes.size(); i++) {
                    LimitStatus expected = before.get(i);
                    assertEquals(expected.admitted(), after.get(i).admitted(), "admission by " + takes.get(i));
                    assertEquals(expected.remaining(), after.get(i).remaining(), "permits of " + takes.get(i));
                    assertEquals(expected.resetMillis(), after.get(i).resetMillis(), "reset of " + takes.get(i));
                    assertEquals(expected.retryMillis(), after.get(i).retryMillis(), "wait for " + takes.get(i));
                    assertEquals(expected.admitted(), statuses.get(i).admitted(), "status of " + takes.get(i));
                    assertEquals(expected.remaining(), statuses.get(i).remaining(), "status of " + takes.get(i));
                }
            }
        }
    }

    private List<LimitStatus> peek(List<LimitTake> takes) {
        return takes.stream().map(take -> limits.peek(take, now())).toList();
    }

    @Test
    void statuses_are_in_the_order_of_the_takes() {
        LimitKey key = newKey();
        List<LimitTake> takes = List.of(
                LimitTake.of(new LimitKey(key.subject(), "c"), RateLimit.fixed(4, WINDOW)),
                LimitTake.of(new LimitKey(key.subject(), "a"), RateLimit.sliding(1, WINDOW)),
                LimitTake.of(new LimitKey(key.subject(), "b"), RateLimit.gcra(3, WINDOW)));
        assertEquals(List.of(4L, 1L, 3L), permits(limits.take(takes, now())), "permits of an admitted list");
        List<LimitStatus> refused = limits.take(takes, now());
        assertEquals(List.of(4L, 1L, 3L), permits(refused), "permits of a refused list");
        assertEquals(
                List.of(true, false, true),
                refused.stream().map(LimitStatus::admitted).toList(),
                "which limits of a refused list would admit");
    }

    private static List<Long> permits(List<LimitStatus> statuses) {
        return statuses.stream().map(LimitStatus::limit).toList();
    }

    @Test
    void a_list_that_contains_a_limit_twice_is_refused() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitTake take = LimitTake.of(newKey(), limit);
            LimitTake other = LimitTake.of(newKey(), limit);
            for (LimitTake again : List.of(take, LimitTake.of(take.key(), limit.withPermits(5)))) {
                IllegalArgumentException thrown = assertThrows(
                        IllegalArgumentException.class, () -> limits.take(List.of(take, other, again), now()));
                assertTrue(
                        String.valueOf(thrown.getMessage()).contains(take.key().subject()), thrown + " names the key");
            }
            assertEquals(3, limits.peek(take, now()).remaining(), "remaining permits of " + take);
            assertEquals(3, limits.peek(other, now()).remaining(), "remaining permits of " + other);
        }
    }

    @Test
    void concurrent_lists_admit_no_more_than_the_tightest_limit() throws InterruptedException {
        int calls = Math.max(1, callsPerThread() / 10);
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                for (RateLimit tight : everyMeasure(calls * 4L)) {
                    RateLimit loose = RateLimit.fixed(2 * tight.permits() + THREADS, WINDOW);
                    LimitKey key = newKey();
                    LimitKey first = new LimitKey(key.subject(), "a");
                    List<LimitTake> takes = List.of(
                            LimitTake.of(new LimitKey(key.subject(), "b"), tight),
                            LimitTake.of(first, loose),
                            LimitTake.of(new LimitKey(key.subject(), "c"), loose));
                    List<Callable<Integer>> callers = new ArrayList<>();
                    for (int i = 0; i < 4; i++) {
                        callers.add(() -> take(limits, takes, calls));
                        callers.add(() -> take(others, takes, calls));
                    }
                    int admitted = race.run(callers).stream()
                            .mapToInt(Integer::intValue)
                            .sum();
                    admitted += take(others, takes, calls * 4 + 1);
                    admitted += take(limits, takes, calls * 4 + 1);
                    assertEquals(tight.permits(), admitted, "lists, limited by " + tight);
                    int rest = take(others, first, loose, (int) loose.permits());
                    rest += take(limits, first, loose, (int) loose.permits());
                    assertEquals(loose.permits() - admitted, rest, "permits that the lists left of " + loose);
                }
            }
        }
    }

    private int take(LimitStore store, List<LimitTake> takes, int calls) {
        int admitted = 0;
        for (int i = 0; i < calls; i++) {
            admitted += store.take(takes, now()).stream().allMatch(LimitStatus::admitted) ? 1 : 0;
        }
        return admitted;
    }
}
