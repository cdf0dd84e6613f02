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

/** Plants bugs in a limit store that is right, and sees the contract catch each. */
final class LimitStoreContractTest {

    private static Function<Clock, LimitStore> planted = PlainLimitStore::new;
    private static boolean apart;

    private static final Set<String> FAILED_ONCE = new TreeSet<>();

    /** The contract of the store that is planted at the time. Not found by a search for tests. */
    static final class Planted extends LimitStoreContract {
        @Override
        protected LimitStore open(MutableClock clock) {
            return planted.apply(clock);
        }

        /** One that does not know what the first has counted, while that bug is planted. */
        @Override
        protected LimitStore openAnother(MutableClock clock) throws Exception {
            return apart ? planted.apply(clock) : super.openAnother(clock);
        }
    }

    /** Permits that were taken ahead, twenty at a time, and how many. */
    private static class SlicedLimitStore extends PlainLimitStore {
        private final Map<Object, Long> left = new HashMap<>();

        SlicedLimitStore(Clock clock) {
            super(clock);
        }

        /** Whose slice it is. */
        Object slice(LimitKey key, RateLimit limit) {
            return place(key, limit) + " " + clock.millis() / limit.window().toMillis() + " " + limit.permits();
        }

        /** What is told to remain, of what is not taken yet and what is taken ahead. */
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

    /** A limit store in the plainest words: right as it stands, and made of steps that a planted bug can override. */
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

    /** A store that keeps its counts under other keys than it should. */
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
                        "aWindowAdmitsItsPermitsAndNoMore",
                        "howeverManyAskAtOnceAsManyAreAdmittedAsThereArePermits",
                        "theNextWindowIsFresh"),
                bug(
                        "a look that takes",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public LimitStatus peek(LimitTake take, Moment moment) {
                                return take(take, moment);
                            }
                        },
                        "peekTakesNothing",
                        "peekAgreesWithTake"),
                bug(
                        "a look at nothing",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            public LimitStatus peek(LimitTake take, Moment moment) {
                                return take.limit().peek(null, clock.millis());
                            }
                        },
                        "peekAgreesWithTake",
                        "whenToRetryIsTrueToTheMillisecond",
                        "aClockThatIsSetBackGivesNoPermits"),
                bug(
                        "counts that are read first and written later",
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
                        "howeverManyAskAtOnceAsManyAreAdmittedAsThereArePermits"),
                bug(
                        "refusals that prolong the refusal",
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
                        "aRefusalTakesNothingFromLater"),
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
                        "windowsMayBeShortAndLimitsLarge"),
                bug(
                        "a count for each number of permits",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            Object place(LimitKey key, RateLimit limit) {
                                return List.of(key, limit.shape(), limit.permits());
                            }
                        },
                        "otherPermitsForAKeyAdmitNoMoreThanTheySay"),
                misplaced("one count for all subjects", LimitKey::policy, "subjectsAreCountedApart"),
                misplaced("one count for all classes", LimitKey::subject, "classesAreCountedApart"),
                misplaced(
                        "keys without case",
                        key -> key.toString().toLowerCase(Locale.ROOT),
                        "keysThatOnlyLookTheSameAreCountedApart"),
                misplaced(
                        "keys without blanks",
                        key -> key.toString().replace(" ", ""),
                        "keysThatOnlyLookTheSameAreCountedApart"),
                misplaced(
                        "keys that are joined ambiguously",
                        key -> key.subject() + ":" + key.policy(),
                        "keysThatOnlyLookTheSameAreCountedApart"),
                misplaced(
                        "keys that are cut",
                        key -> key.subject()
                                        .substring(
                                                0, Math.min(127, key.subject().length()))
                                + key.policy().length(),
                        "longKeysAreToldApartByTheirLastCharacter"),
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
                        "whenToRetryIsTrueToTheMillisecond"),
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
                        "whenItIsResetIsTrueToTheMillisecond"),
                bug(
                        "fixed windows whatever is asked for",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            RateLimit counted(RateLimit limit) {
                                return RateLimit.fixed(limit.permits(), limit.window());
                            }
                        },
                        "aSlidingWindowBoundsEveryStretchOfItsLength",
                        "gcraAdmitsABurstAndThenOneByOne",
                        "gcraBoundsEveryStretchOfTime"),
                bug(
                        "counts that a clock in the past does not see",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            Object place(LimitKey key, RateLimit limit) {
                                return super.place(key, limit)
                                        + " "
                                        + clock.millis() / limit.window().toMillis();
                            }
                        },
                        "aClockThatIsSetBackGivesNoPermits"),
                bug(
                        "counts that go back with the clock",
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
                        "anOldMomentBetweenGivesNoPermitsAtTheNewest"),
                bug(
                        "one count for limits of all shapes, which starts again for each",
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
                        "limitsOfOtherShapesAreCountedApart"),
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
                        "aReservationTakesAPermit"),
                bug(
                        "permits that are not put back",
                        clock -> new PlainLimitStore(clock) {
                            @Override
                            void putBack(LimitKey key, RateLimit limit, TakeResult taken) {}
                        },
                        "whatIsPutBackCanBeTakenAgainByAnyProcess",
                        "whatIsPutBackWhileOthersTakeIsNeitherLostNorDoubled"),
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
                        "aPermitIsPutBackAtMostOnceAndOnlyIfThereWasOne"),
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
                        "whatIsPutBackAfterItsWindowIsVoid"),
                bug(
                        "put-backs that are read first and written later",
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
                        "whatIsPutBackWhileOthersTakeIsNeitherLostNorDoubled"),
                bug(
                        "clocks that are not followed far",
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
                        "aClockThatJumpsFarAheadOverflowsNothing"),
                bug(
                        "slices that outlive their windows",
                        clock -> new SlicedLimitStore(clock) {
                            @Override
                            Object slice(LimitKey key, RateLimit limit) {
                                return place(key, limit) + " " + limit.permits();
                            }
                        },
                        "permitsThatWereNotUsedAreNotAddedToTheNextWindow"),
                bug(
                        "slices that outlive a change of the limit",
                        clock -> new SlicedLimitStore(clock) {
                            @Override
                            Object slice(LimitKey key, RateLimit limit) {
                                return place(key, limit)
                                        + " "
                                        + clock.millis() / limit.window().toMillis();
                            }
                        },
                        "otherPermitsForAKeyHoldForThoseThatWereNotUsedYet"),
                bug(
                        "what remains without what was taken ahead",
                        clock -> new SlicedLimitStore(clock) {
                            @Override
                            long remaining(long shared, long ahead) {
                                return shared;
                            }
                        },
                        "whatRemainsIsRightAfterEachOfManyPermits"),
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
                        run.assertCaughtBy(Set.of("twoProcessesTogetherAdmitNoMoreThanTheLimitSays"));
                        run.assertSomePassed();
                    } finally {
                        apart = false;
                    }
                }),
                dynamicTest(
                        "something with every test",
                        () -> ContractRun.assertEveryTestCaughtSomething(LimitStoreContract.class, FAILED_ONCE)));
    }
}
