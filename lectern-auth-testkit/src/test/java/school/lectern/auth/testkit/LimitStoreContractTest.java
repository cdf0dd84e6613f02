package school.lectern.auth.testkit;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitState;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.time.Moment;

/** Plants bugs in a correct limit store, and checks that the contract detects each. */
final class LimitStoreContractTest {

    private static Function<Clock, LimitStore> planted = PlainLimitStore::new;
    private static boolean apart;

    private static final Set<String> FAILED_ONCE = new TreeSet<>();

    /** The contract for the store with the planted bug. Test discovery must not find it. */
    static final class Planted extends LimitStoreContract {
        @Override
        protected LimitStore open(MutableClock clock) {
            return planted.apply(clock);
        }

        /** Opens a separate store that does not share the first store's counts, if that bug is planted. */
        @Override
        protected LimitStore openAnother(MutableClock clock) throws Exception {
            return apart ? planted.apply(clock) : super.openAnother(clock);
        }
    }

    /** A store that takes permits in batches of twenty, and stores how many of each batch are left. */
    private static class SlicedLimitStore extends PlainLimitStore {
        private final Map<Object, Long> left = new HashMap<>();

        SlicedLimitStore(Clock clock) {
            super(clock);
        }

        /** Returns the key of the batch. */
        Object slice(LimitKey key, RateLimit limit) {
            return place(key, limit) + " " + clock.millis() / limit.window().toMillis() + " " + limit.permits();
        }

        /** Returns the reported remaining permits, from those that are not yet taken and those of the batch. */
        long remaining(long shared, long ahead) {
            return shared + ahead;
        }

        @Override
        public synchronized LimitStatus take(LimitTake take, Moment moment) {
            LimitKey key = take.key();
            RateLimit limit = take.limit();
            if (!limit.isFixed()) {
                return super.take(take, moment);
            }
            Object slice = slice(key, limit);
            long ahead = left.getOrDefault(slice, 0L);
            if (ahead == 0) {
                Object place = place(key, limit);
                TakeResult taken = limit.take(counts.get(place), 20, clock.millis(), Duration.ZERO);
                counts.put(place, taken.count());
                ahead = taken.permits();
            }
            boolean admitted = ahead > 0;
            left.put(slice, Math.max(0, ahead - 1));
            return status(take, moment, admitted, Math.max(0, ahead - 1));
        }

        @Override
        public synchronized LimitStatus peek(LimitTake take, Moment moment) {
            if (!take.limit().isFixed()) {
                return super.peek(take, moment);
            }
            long ahead = left.getOrDefault(slice(take.key(), take.limit()), 0L);
            return status(take, moment, ahead > 0 || super.peek(take, moment).admitted(), ahead);
        }

        private LimitStatus status(LimitTake take, Moment moment, boolean admitted, long ahead) {
            LimitStatus shared = super.peek(take, moment);
            long remaining = remaining(shared.remaining(), ahead);
            return LimitStatus.of(
                    admitted,
                    shared.limit(),
                    remaining,
                    shared.resetMillis(),
                    remaining > 0 ? 0 : shared.retryMillis(),
                    shared.windowMillis(),
                    shared.atMillis());
        }
    }

    /** A minimal, correct limit store, made of steps that a planted bug can override. */
    private static class PlainLimitStore implements LimitStore {
        final Map<Object, LimitState> counts = new HashMap<>();
        final Clock clock;

        PlainLimitStore(Clock clock) {
            this.clock = clock;
        }

        Object place(LimitKey key, RateLimit limit) {
            return List.of(key, limit.shape());
        }

        RateLimit counted(RateLimit limit) {
            return limit;
        }

        LimitStatus told(LimitStatus status) {
            return status;
        }

        TakeResult taken(LimitKey key, RateLimit limit) {
            Object place = place(key, limit);
            TakeResult taken = counted(limit).take(counts.get(place), clock.millis());
            counts.put(place, taken.count());
            return taken;
        }

        @Override
        public synchronized LimitStatus take(LimitTake take, Moment moment) {
            return told(taken(take.key(), take.limit()).status());
        }

        void putBack(LimitKey key, RateLimit limit, TakeResult taken) {
            counts.computeIfPresent(
                    place(key, limit), (place, count) -> counted(limit).putBack(count, taken, taken.permits()));
        }

        @Override
        public synchronized Reservation reserve(LimitTake take, Moment moment) {
            LimitKey key = take.key();
            RateLimit limit = take.limit();
            return new Reserved(this, key, limit, taken(key, limit), new AtomicBoolean());
        }

        @Override
        public synchronized LimitStatus peek(LimitTake take, Moment moment) {
            LimitKey key = take.key();
            RateLimit limit = take.limit();
            return told(counted(limit).peek(counts.get(place(key, limit)), clock.millis()));
        }
    }

    private record Reserved(PlainLimitStore store, LimitKey key, RateLimit limit, TakeResult taken, AtomicBoolean done)
            implements Reservation {
        @Override
        public LimitStatus status() {
            return store.told(taken.status());
        }

        @Override
        public void putBack() {
            synchronized (store) {
                if (!done.getAndSet(true)) {
                    store.putBack(key, limit, taken);
                }
            }
        }
    }

    @Test
    void aStoreThatIsRightPasses() {
        planted = PlainLimitStore::new;
        ContractRun.of(Planted.class).assertAllPassed();
    }

    private static DynamicTest bug(String what, Function<Clock, LimitStore> store, String... caughtBy) {
        return dynamicTest(what, () -> {
            planted = store;
            ContractRun run = ContractRun.of(Planted.class);
            FAILED_ONCE.addAll(run.failed());
            run.assertCaughtBy(Set.of(caughtBy));
            run.assertSomePassed();
        });
    }

    /** Plants a store that stores its counts under wrong keys. */
    private static DynamicTest misplaced(String what, Function<LimitKey, Object> place, String... caughtBy) {
        return bug(
                what,
                clock -> new PlainLimitStore(clock) {
                    @Override
                    Object place(LimitKey key, RateLimit limit) {
                        return List.of(place.apply(key), limit.shape());
                    }
                },
                caughtBy);
    }

    @TestFactory
    Stream<DynamicTest> catches() {
        return Stream.of(
                bug(
                        "one permit too many",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            RateLimit counted(RateLimit limit) {
                                return limit.permits() < RateLimit.MAX_PERMITS
                                        ? limit.withPermits(limit.permits() + 1)
                                        : limit;
                            }
                        },
                        "a_window_admits_its_permits_and_no_more",
                        "concurrent_calls_get_exactly_the_permits_of_the_limit",
                        "the_next_window_has_all_its_permits"),
                bug(
                        "peek that takes a permit",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public LimitStatus peek(LimitTake take, Moment moment) {
                                return take(take, moment);
                            }
                        },
                        "peek_takes_no_permit",
                        "peek_agrees_with_take"),
                bug(
                        "peek that ignores the count",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public LimitStatus peek(LimitTake take, Moment moment) {
                                return take.limit().peek(null, clock.millis());
                            }
                        },
                        "peek_agrees_with_take",
                        "the_retry_time_is_exact_to_the_millisecond",
                        "a_clock_that_is_set_back_grants_no_permits"),
                bug(
                        "counts that are read and written in two steps",
                        clock -> new PlainLimitStore(clock) {
                            private final Map<Object, LimitState> unguarded = new ConcurrentHashMap<>();

                            @Override
                            public LimitStatus take(LimitTake take, Moment moment) {
                                LimitKey key = take.key();
                                RateLimit limit = take.limit();
                                Object place = place(key, limit);
                                TakeResult taken = limit.take(unguarded.get(place), clock.millis());
                                Thread.yield();
                                unguarded.put(place, taken.count());
                                return taken.status();
                            }

                            @Override
                            public LimitStatus peek(LimitTake take, Moment moment) {
                                return take.limit()
                                        .peek(unguarded.get(place(take.key(), take.limit())), clock.millis());
                            }
                        },
                        "concurrent_calls_get_exactly_the_permits_of_the_limit"),
                bug(
                        "refused calls that extend the refusal",
                        clock -> new PlainLimitStore(clock) {
                            private final Map<LimitKey, Integer> refusals = new HashMap<>();

                            @Override
                            public synchronized LimitStatus take(LimitTake take, Moment moment) {
                                LimitKey key = take.key();
                                RateLimit limit = take.limit();
                                if (refusals.getOrDefault(key, 0) >= 5) {
                                    return LimitStatus.of(
                                            false,
                                            limit.permits(),
                                            0,
                                            Long.MAX_VALUE,
                                            1,
                                            limit.window().toMillis(),
                                            clock.millis());
                                }
                                LimitStatus status = super.take(take, moment);
                                refusals.merge(key, status.admitted() ? 0 : 1, Integer::sum);
                                return status;
                            }
                        },
                        "a_refusal_takes_no_permit_of_later_calls"),
                bug(
                        "windows of whole seconds",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            RateLimit counted(RateLimit limit) {
                                return limit.window().toSeconds() > 0
                                        ? limit
                                        : RateLimit.fixed(limit.permits(), Duration.ofSeconds(1));
                            }
                        },
                        "windows_may_be_short_and_limits_large"),
                bug(
                        "a count for each number of permits",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            Object place(LimitKey key, RateLimit limit) {
                                return List.of(key, limit.shape(), limit.permits());
                            }
                        },
                        "a_changed_limit_of_a_key_admits_no_more_than_its_permits"),
                misplaced("one count for all subjects", LimitKey::policy, "subjects_are_counted_separately"),
                misplaced("one count for all policies", LimitKey::subject, "policies_are_counted_separately"),
                misplaced(
                        "keys that ignore case",
                        key -> key.toString().toLowerCase(Locale.ROOT),
                        "keys_that_only_look_the_same_are_counted_separately"),
                misplaced(
                        "keys that ignore blanks",
                        key -> key.toString().replace(" ", ""),
                        "keys_that_only_look_the_same_are_counted_separately"),
                misplaced(
                        "keys that are joined ambiguously",
                        key -> key.subject() + ":" + key.policy(),
                        "keys_that_only_look_the_same_are_counted_separately"),
                misplaced(
                        "keys that are cut",
                        key -> key.subject()
                                        .substring(
                                                0, Math.min(127, key.subject().length()))
                                + key.policy().length(),
                        "long_keys_that_differ_in_their_last_character_are_counted_separately"),
                bug(
                        "waits in whole seconds",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            LimitStatus told(LimitStatus status) {
                                return LimitStatus.of(
                                        status.admitted(),
                                        status.limit(),
                                        status.remaining(),
                                        status.resetMillis(),
                                        status.retryMillis() / 1000 * 1000,
                                        status.windowMillis(),
                                        status.atMillis());
                            }
                        },
                        "the_retry_time_is_exact_to_the_millisecond"),
                bug(
                        "resets in whole seconds",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            LimitStatus told(LimitStatus status) {
                                return LimitStatus.of(
                                        status.admitted(),
                                        status.limit(),
                                        status.remaining(),
                                        status.resetMillis() / 1000 * 1000 + 1000,
                                        status.retryMillis(),
                                        status.windowMillis(),
                                        status.atMillis());
                            }
                        },
                        "the_reset_time_is_exact_to_the_millisecond"),
                bug(
                        "fixed windows for every limit",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            RateLimit counted(RateLimit limit) {
                                return RateLimit.fixed(limit.permits(), limit.window());
                            }
                        },
                        "a_sliding_window_bounds_every_interval_of_its_length",
                        "gcra_admits_a_burst_and_then_one_by_one",
                        "gcra_bounds_every_time_interval"),
                bug(
                        "counts that are ignored at an earlier time",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            Object place(LimitKey key, RateLimit limit) {
                                return super.place(key, limit)
                                        + " "
                                        + clock.millis() / limit.window().toMillis();
                            }
                        },
                        "a_clock_that_is_set_back_grants_no_permits"),
                bug(
                        "counts that are reset with the clock",
                        clock -> new PlainLimitStore(clock) {
                            private final Map<Object, Long> newest = new HashMap<>();

                            @Override
                            TakeResult taken(LimitKey key, RateLimit limit) {
                                Object place = place(key, limit);
                                long before = newest.getOrDefault(place, Long.MIN_VALUE);
                                TakeResult taken = super.taken(key, limit);
                                newest.put(place, clock.millis());
                                if (clock.millis() < before - limit.window().toMillis()) {
                                    counts.remove(place);
                                }
                                return taken;
                            }
                        },
                        "an_older_moment_in_between_grants_no_permits_at_the_newest"),
                bug(
                        "one count for limits of all shapes, which restarts for each shape",
                        clock -> new PlainLimitStore(clock) {
                            private final Map<LimitKey, String> shapes = new HashMap<>();

                            @Override
                            Object place(LimitKey key, RateLimit limit) {
                                String before = shapes.put(key, limit.shape());
                                if (before != null && !before.equals(limit.shape())) {
                                    counts.remove(key);
                                }
                                return key;
                            }
                        },
                        "limits_of_other_shapes_are_counted_separately"),
                bug(
                        "reservations that take nothing",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public synchronized Reservation reserve(LimitTake take, Moment moment) {
                                LimitKey key = take.key();
                                RateLimit limit = take.limit();
                                TakeResult taken = limit.take(counts.get(place(key, limit)), clock.millis());
                                return new Reserved(this, key, limit, taken, new AtomicBoolean(true));
                            }
                        },
                        "a_reservation_takes_a_permit"),
                bug(
                        "permits that are not put back",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            void putBack(LimitKey key, RateLimit limit, TakeResult taken) {}
                        },
                        "a_permit_that_is_put_back_can_be_taken_by_any_process",
                        "permits_that_are_put_back_concurrently_are_neither_lost_nor_doubled"),
                bug(
                        "permits that are put back each time",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public synchronized Reservation reserve(LimitTake take, Moment moment) {
                                LimitKey key = take.key();
                                RateLimit limit = take.limit();
                                PlainLimitStore store = this;
                                TakeResult taken = taken(key, limit);
                                return new Reservation() {
                                    @Override
                                    public LimitStatus status() {
                                        return taken.status();
                                    }

                                    @Override
                                    public void putBack() {
                                        synchronized (store) {
                                            store.putBack(key, limit, taken);
                                        }
                                    }
                                };
                            }
                        },
                        "a_permit_is_put_back_at_most_once_and_only_if_there_was_one"),
                bug(
                        "permits that are put back into any window",
                        clock -> new PlainLimitStore(clock) {
                            private final Map<Object, TakeResult> latest = new HashMap<>();

                            @Override
                            TakeResult taken(LimitKey key, RateLimit limit) {
                                TakeResult taken = super.taken(key, limit);
                                if (taken.permits() > 0) {
                                    latest.put(place(key, limit), taken);
                                }
                                return taken;
                            }

                            @Override
                            void putBack(LimitKey key, RateLimit limit, TakeResult taken) {
                                super.putBack(key, limit, latest.getOrDefault(place(key, limit), taken));
                            }
                        },
                        "a_permit_that_is_put_back_after_its_window_is_void"),
                bug(
                        "put-backs that read and write in two steps",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public Reservation reserve(LimitTake take, Moment moment) {
                                LimitKey key = take.key();
                                RateLimit limit = take.limit();
                                PlainLimitStore store = this;
                                Reservation reserved = super.reserve(take, moment);
                                return new Reservation() {
                                    @Override
                                    public LimitStatus status() {
                                        return reserved.status();
                                    }

                                    @Override
                                    public void putBack() {
                                        LimitState before;
                                        synchronized (store) {
                                            reserved.putBack();
                                            before = counts.get(place(key, limit));
                                        }
                                        Thread.yield();
                                        synchronized (store) {
                                            counts.put(place(key, limit), before);
                                        }
                                    }
                                };
                            }
                        },
                        "permits_that_are_put_back_concurrently_are_neither_lost_nor_doubled"),
                bug(
                        "clocks that are not followed over long times",
                        clock -> new PlainLimitStore(clock) {
                            private final long opened = clock.millis();

                            @Override
                            public LimitStatus take(LimitTake take, Moment moment) {
                                RateLimit limit = take.limit();
                                return clock.millis() - opened
                                                > Duration.ofDays(365).toMillis()
                                        ? LimitStatus.of(
                                                false,
                                                limit.permits(),
                                                0,
                                                opened,
                                                1,
                                                limit.window().toMillis(),
                                                clock.millis())
                                        : super.take(take, moment);
                            }
                        },
                        "a_clock_that_jumps_far_ahead_causes_no_overflow"),
                bug(
                        "batches that outlive their windows",
                        clock -> new SlicedLimitStore(clock) {
                            @Override
                            Object slice(LimitKey key, RateLimit limit) {
                                return place(key, limit) + " " + limit.permits();
                            }
                        },
                        "permits_that_were_not_used_are_not_added_to_the_next_window"),
                bug(
                        "batches that outlive a change of the limit",
                        clock -> new SlicedLimitStore(clock) {
                            @Override
                            Object slice(LimitKey key, RateLimit limit) {
                                return place(key, limit)
                                        + " "
                                        + clock.millis() / limit.window().toMillis();
                            }
                        },
                        "a_changed_limit_applies_to_permits_that_are_not_used_yet"),
                bug(
                        "remaining permits without those of the batch",
                        clock -> new SlicedLimitStore(clock) {
                            @Override
                            long remaining(long shared, long ahead) {
                                return shared;
                            }
                        },
                        "remaining_permits_are_right_after_each_of_many_permits"),
                bug(
                        "permits of a refused list that stay taken",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public List<LimitStatus> take(List<LimitTake> takes, Moment moment) {
                                return takes.stream()
                                        .map(each -> take(each, moment))
                                        .toList();
                            }
                        },
                        "a_refused_list_leaves_every_count_as_it_was",
                        "a_list_that_contains_a_limit_twice_is_refused"),
                bug(
                        "lists of which only the first limit is counted",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public List<LimitStatus> take(List<LimitTake> takes, Moment moment) {
                                List<LimitStatus> statuses = new ArrayList<>();
                                for (LimitTake each : takes) {
                                    statuses.add(statuses.isEmpty() ? take(each, moment) : peek(each, moment));
                                }
                                return statuses;
                            }
                        },
                        "a_list_takes_one_permit_of_each_limit"),
                bug(
                        "statuses in another order",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public List<LimitStatus> take(List<LimitTake> takes, Moment moment) {
                                List<LimitStatus> statuses = new ArrayList<>(super.take(takes, moment));
                                Collections.reverse(statuses);
                                return statuses;
                            }
                        },
                        "statuses_are_in_the_order_of_the_takes"),
                bug(
                        "lists that are checked first and counted later",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public List<LimitStatus> take(List<LimitTake> takes, Moment moment) {
                                List<LimitStatus> statuses = takes.stream()
                                        .map(each -> peek(each, moment))
                                        .toList();
                                if (statuses.stream().allMatch(LimitStatus::admitted)) {
                                    LockSupport.parkNanos(1_000_000);
                                    takes.forEach(each -> take(each, moment));
                                }
                                return statuses;
                            }
                        },
                        "concurrent_lists_admit_no_more_than_the_tightest_limit"),
                dynamicTest("counts of each process alone", () -> {
                    apart = true;
                    try {
                        planted = PlainLimitStore::new;
                        ContractRun run = ContractRun.of(Planted.class);
                        FAILED_ONCE.addAll(run.failed());
                        run.assertCaughtBy(Set.of("two_processes_together_admit_no_more_than_the_limit"));
                        run.assertSomePassed();
                    } finally {
                        apart = false;
                    }
                }),
                dynamicTest(
                        "every test detects a bug",
                        () -> ContractRun.assertEveryTestCaughtSomething(LimitStoreContract.class, FAILED_ONCE)));
    }
}
