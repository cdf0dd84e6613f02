package school.lectern.auth.testkit;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.TokenStore;

/** Plants bugs in a correct feed, and checks that the contract detects each. */
final class ChangeFeedContractTest {

    private static final Set<String> FAILED_ONCE = new TreeSet<>();

    private static Function<TokenStore, ChangeFeed> planted =
            store -> store.changes().orElseThrow();

    /** The contract for the feed with the planted bug. Test discovery must not find it. */
    static final class Planted extends ChangeFeedContract {
        @Override
        protected TokenStore open() {
            TokenStore real = new InMemoryTokenStore(new InMemoryAuditLog());
            return with(real, planted.apply(real));
        }

        @Override
        protected int rounds() {
            return 5;
        }
    }

    /** Returns the store with another feed. A {@link Plain} feed is notified of each call before it is made. */
    private static TokenStore with(TokenStore real, ChangeFeed feed) {
        return (TokenStore) Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals("changes")) {
                        return Optional.of(feed);
                    }
                    if (!(feed instanceof Plain plain)) {
                        return method.invoke(real, args);
                    }
                    plain.called(method.getName());
                    try {
                        return method.invoke(real, args);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    } finally {
                        plain.returned(method.getName());
                    }
                });
    }

    /** A feed that delegates to the store's feed in steps that a planted bug can override. */
    private static class Plain implements ChangeFeed {
        private final ChangeFeed real;

        Plain(TokenStore store) {
            this.real = store.changes().orElseThrow();
        }

        void called(String method) {}

        void returned(String method) {}

        long number(long number) {
            return number;
        }

        Position position(Position position) {
            return new Position(number(position.number()), position.mark());
        }

        Optional<List<Change>> changes(Position known, Optional<List<Change>> changes) {
            return changes;
        }

        Duration lease(Duration lease) {
            return lease;
        }

        @Override
        public Changes since(Position known) {
            Changes told = real.since(known);
            return new Changes(position(told.newest()), lease(told.lease()), changes(known, told.changes()));
        }

        @Override
        public boolean hasOwnChanges() {
            return real.hasOwnChanges();
        }

        @Override
        public Confirmation confirmation() {
            return real.confirmation();
        }

        @Override
        public void setLease(Duration length) {
            real.setLease(length);
        }
    }

    /** Counts the calls instead of the changes that they make. */
    private static class Counting extends Plain {
        private final AtomicInteger extra = new AtomicInteger();
        private final Set<String> counted;

        Counting(TokenStore store, String... counted) {
            super(store);
            this.counted = Set.of(counted);
        }

        @Override
        void called(String method) {
            extra.addAndGet(counted.contains(method) ? 1 : 0);
        }

        @Override
        long number(long number) {
            return number + extra.get();
        }
    }

    @Test
    void aFeedThatIsRightPasses() {
        planted = Plain::new;
        ContractRun.of(Planted.class).assertAllPassed();
    }

    private static DynamicTest bug(String what, Function<TokenStore, ChangeFeed> feed, String... caughtBy) {
        return dynamicTest(what, () -> {
            planted = feed;
            ContractRun run = ContractRun.of(Planted.class);
            FAILED_ONCE.addAll(run.failed());
            run.assertCaughtBy(Set.of(caughtBy));
            run.assertSomePassed();
        });
    }

    private static DynamicTest renames(String what, Function<Change, Change> renamed, String... caughtBy) {
        return bug(
                what,
                store -> new Plain(store) {
                    @Override
                    Optional<List<Change>> changes(Position known, Optional<List<Change>> changes) {
                        return changes.map(all -> all.stream().map(renamed).toList());
                    }
                },
                caughtBy);
    }

    @TestFactory
    Stream<DynamicTest> catches() {
        return Stream.of(
                bug(
                        "a number for each call, whether applied or not",
                        store -> new Counting(store, "revoke", "update", "setSuspended"),
                        "a_refused_change_takes_no_number"),
                bug(
                        "a number for a token that is issued",
                        store -> new Counting(store, "insert"),
                        "a_write_that_does_not_affect_authorization_takes_no_number"),
                bug(
                        "a number that becomes visible before the commit",
                        store -> new Counting(store, "revokeAll"),
                        "a_failed_change_takes_no_number",
                        "an_unfinished_change_is_not_counted"),
                renames(
                        "another token",
                        change -> new Change.OfToken("another"),
                        "every_change_of_a_token_takes_the_next_number_and_names_it",
                        "a_rotation_takes_one_number_and_names_the_predecessor"),
                renames(
                        "a tenant's id as a token's id",
                        change -> change instanceof Change.OfTenant tenant
                                ? new Change.OfToken(tenant.tenantId())
                                : change,
                        "a_suspension_and_its_end_take_a_number_each_and_name_the_tenant",
                        "a_group_revocation_takes_one_number_that_covers_all_tokens"),
                renames(
                        "a user's tokens returned as any tokens",
                        change -> change instanceof Change.OfUser ? new Change.OfAny() : change,
                        "a_group_revocation_takes_one_number_that_covers_all_tokens"),
                bug(
                        "numbers in steps of two",
                        store -> new Plain(store) {
                            @Override
                            long number(long number) {
                                return 2 * number;
                            }
                        },
                        "every_change_of_a_token_takes_the_next_number_and_names_it",
                        "numbers_have_no_gaps_and_never_go_back"),
                bug(
                        "a change that is left out",
                        store -> new Plain(store) {
                            @Override
                            Optional<List<Change>> changes(Position known, Optional<List<Change>> changes) {
                                return changes.map(all -> all.stream()
                                        .skip(all.size() > 3 ? 1 : 0)
                                        .toList());
                            }
                        },
                        "returns_the_changes_after_each_number_in_order",
                        "numbers_have_no_gaps_and_never_go_back"),
                bug(
                        "changes in random order",
                        store -> new Plain(store) {
                            @Override
                            Optional<List<Change>> changes(Position known, Optional<List<Change>> changes) {
                                return changes.map(all -> {
                                    List<Change> turned = new ArrayList<>(all);
                                    Collections.reverse(turned);
                                    return turned;
                                });
                            }
                        },
                        "returns_the_changes_after_each_number_in_order"),
                bug(
                        "unknown changes returned as no changes",
                        store -> new Plain(store) {
                            @Override
                            Optional<List<Change>> changes(Position known, Optional<List<Change>> changes) {
                                return Optional.of(changes.orElse(List.of()));
                            }
                        },
                        "an_unknown_position_is_reported_as_another_history"),
                bug(
                        "a position that is compared only by its number",
                        store -> new Plain(store) {
                            @Override
                            public Changes since(Position known) {
                                Changes told = super.since(known);
                                boolean same = told.newest().number() == known.number();
                                return same ? new Changes(told.newest(), told.lease(), Optional.of(List.of())) : told;
                            }
                        },
                        "an_unknown_position_is_reported_as_another_history"),
                bug(
                        "marks that are counted",
                        store -> new Plain(store) {
                            @Override
                            Position position(Position position) {
                                return new Position(position.number(), position.number());
                            }

                            @Override
                            public Changes since(Position known) {
                                return super.since(Position.NONE);
                            }
                        },
                        "each_change_has_a_random_mark"),
                bug(
                        "changes that are lost after they were applied",
                        store -> new Plain(store) {
                            @Override
                            public boolean hasOwnChanges() {
                                return false;
                            }
                        },
                        "has_the_changes_that_this_process_made"),
                bug(
                        "changes that are returned before they are visible",
                        store -> new Plain(store) {
                            private final CountDownLatch read = new CountDownLatch(1);
                            private volatile boolean ending;

                            /** Until a reader that has seen the change has read a token. Some tests have no reader. */
                            @Override
                            void called(String method) {
                                if (method.equals("revokeAll")) {
                                    ending = true;
                                    await(read);
                                }
                            }

                            @Override
                            void returned(String method) {
                                if (method.equals("revokeAll")) {
                                    ending = false;
                                } else if (ending && method.equals("find")) {
                                    read.countDown();
                                }
                            }

                            @Override
                            Optional<List<Change>> changes(Position known, Optional<List<Change>> changes) {
                                return ending
                                                && changes.filter(List::isEmpty).isPresent()
                                                && !known.equals(Position.NONE)
                                        ? Optional.of(List.of(new Change.OfAny()))
                                        : changes;
                            }
                        },
                        "a_reader_of_a_number_sees_its_change"),
                bug(
                        "a lease of any length",
                        store -> new Plain(store) {
                            @Override
                            public void setLease(Duration length) {
                                super.setLease(
                                        length.isNegative() || length.compareTo(Duration.ofMinutes(1)) > 0
                                                ? Duration.ZERO
                                                : length);
                            }
                        },
                        "a_lease_is_from_zero_to_a_minute"),
                bug(
                        "a lease that is not the one that was set",
                        store -> new Plain(store) {
                            @Override
                            Duration lease(Duration lease) {
                                return Duration.ofMillis(7);
                            }
                        },
                        "a_lease_is_from_zero_to_a_minute",
                        "changes_wait_for_a_longer_lease_immediately"),
                bug(
                        "a wait with an older position",
                        store -> new Plain(store) {
                            @Override
                            public Confirmation confirmation() {
                                Confirmation told = super.confirmation();
                                Position newest = told.newest();
                                return new Confirmation(
                                        new Position(newest.number() - 1, newest.mark()), told.duration());
                            }
                        },
                        "the_wait_is_returned_with_the_newest_position"),
                bug(
                        "a shorter lease that applies to waits immediately",
                        store -> new Plain(store) {
                            private final AtomicReference<Duration> length = new AtomicReference<>(Duration.ZERO);

                            @Override
                            public Confirmation confirmation() {
                                return new Confirmation(super.confirmation().newest(), length.get());
                            }

                            @Override
                            public void setLease(Duration value) {
                                length.set(value);
                                super.setLease(value);
                            }
                        },
                        "changes_wait_for_a_shorter_lease_after_older_leases_have_ended"),
                dynamicTest(
                        "every test detects a bug",
                        () -> ContractRun.assertEveryTestCaughtSomething(ChangeFeedContract.class, FAILED_ONCE)));
    }

    private static void await(CountDownLatch latch) {
        try {
            boolean unused = latch.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
