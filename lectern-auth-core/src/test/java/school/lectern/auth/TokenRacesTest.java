package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

class TokenRacesTest {

    private static final int ROUNDS = 1_000;

    private final Fixture f = new Fixture();
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);

    @AfterEach
    void close() {
        threads.shutdownNow();
        f.close();
    }

    private record Both<A, B>(A first, B second) {}

    private <A, B> Both<A, B> race(Callable<A> first, Callable<B> second) throws Exception {
        Future<A> a = threads.submit(atTheStart(first));
        Future<B> b = threads.submit(atTheStart(second));
        return new Both<>(a.get(), b.get());
    }

    private <T> Callable<T> atTheStart(Callable<T> step) {
        return () -> {
            start.await();
            return step.call();
        };
    }

    private Outcome<IssuedToken> rotate(IssuedToken token) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).rotate(token.id(), GracePeriod.untilRevoked());
    }

    private Outcome<IssuedToken> rotateSelf(IssuedToken token) {
        return f.auth.rotateSelf(
                Ask.with(token).request(), Requirement.anyToken(), GracePeriod.of(Duration.ofMinutes(1)));
    }

    private Outcome<Revocation> revoke(IssuedToken token) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(token.id());
    }

    private List<StoredToken> successors(IssuedToken token) {
        return f.tokens.list(TokenFilter.ofTenant(TENANT).limit(3)).stream()
                .filter(other -> token.id().equals(other.predecessorId()))
                .toList();
    }

    @Test
    void two_rotations_at_once_make_one_successor() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            Both<Outcome<IssuedToken>, Outcome<IssuedToken>> both = race(() -> rotate(token), () -> rotate(token));

            boolean firstWon = both.first() instanceof Outcome.Done;
            IssuedToken successor = (firstWon ? both.first() : both.second()).orElseThrow();
            Outcome<IssuedToken> loser = firstWon ? both.second() : both.first();
            assertThat(Fixture.refused(loser).kind()).isEqualTo(Kind.CONFLICT);
            assertThat(successors(token)).singleElement().isEqualTo(f.stored(successor));
            assertThat(f.stored(token).successorId()).isEqualTo(successor.id());
        }
    }

    @Test
    void two_rotations_by_the_bearer_at_once_make_one_successor() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            Both<Outcome<IssuedToken>, Outcome<IssuedToken>> both =
                    race(() -> rotateSelf(token), () -> rotateSelf(token));

            boolean firstWon = both.first() instanceof Outcome.Done;
            IssuedToken successor = (firstWon ? both.first() : both.second()).orElseThrow();
            Outcome<IssuedToken> loser = firstWon ? both.second() : both.first();
            assertThat(Fixture.refused(loser).kind()).isEqualTo(Kind.CONFLICT);
            assertThat(successors(token)).singleElement().isEqualTo(f.stored(successor));
        }
    }

    @Test
    void a_revoked_token_has_no_successor_that_was_made_after() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            int before = f.changeNames().size();
            Both<Outcome<Revocation>, Outcome<IssuedToken>> both = race(() -> revoke(token), () -> rotate(token));

            StoredToken stored = f.stored(token);
            assertThat(both.first().orElseThrow()).isEqualTo(Revocation.REVOKED);
            assertThat(stored.isRevoked()).isTrue();
            List<String> events =
                    f.changeNames().subList(before, f.changeNames().size());
            if (both.second() instanceof Outcome.Done<IssuedToken> rotated) {
                assertThat(events).containsExactly("token.rotated", "token.issued", "token.revoked");
                assertThat(successors(token)).hasSize(1);
                assertThat(stored.successorId()).isEqualTo(rotated.value().id());
            } else {
                assertThat(events).containsExactly("token.revoked");
                assertThat(successors(token)).isEmpty();
                assertThat(stored.successorId()).isNull();
            }
        }
    }

    @Test
    void an_update_at_the_same_time_does_not_undo_a_revocation() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            race(
                    () -> revoke(token),
                    () -> f.auth.tenant(TENANT)
                            .tokens()
                            .actingAs(APP)
                            .update(token.id(), new TokenUpdate().neverExpires()));

            assertThat(f.stored(token).isRevoked()).isTrue();
            assertThat(((Denied) f.judge(Ask.with(token))).error().kind()).isEqualTo(Kind.REVOKED);
        }
    }

    @Test
    void two_updates_at_once_are_both_kept() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            String id = token.id();
            race(
                    () -> f.auth.tenant(TENANT).tokens().actingAs(APP).update(id, new TokenUpdate().name("new")),
                    () -> f.auth.tenant(TENANT)
                            .tokens()
                            .actingAs(APP)
                            .update(id, new TokenUpdate().description("new")));

            assertThat(f.stored(token).name()).isEqualTo("new");
            assertThat(f.stored(token).description()).isEqualTo("new");
        }
    }

    @Test
    void a_use_at_the_same_time_does_not_undo_a_revocation() throws Exception {
        for (int round = 0; round < 10_000; round++) {
            IssuedToken token = f.issue();
            String id = token.id();
            race(() -> revoke(token), () -> {
                f.tokens.recordLastUsed(Map.of(id, f.clock.instant()), Duration.ZERO);
                return true;
            });

            assertThat(f.stored(token).isRevoked()).isTrue();
            assertThat(f.stored(token).lastUsedAt()).isEqualTo(f.clock.instant());
        }
    }

    @Test
    void two_revocations_at_once_are_one() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            Both<Outcome<Revocation>, Outcome<Revocation>> both = race(() -> revoke(token), () -> revoke(token));

            assertThat(List.of(both.first().orElseThrow(), both.second().orElseThrow()))
                    .containsExactlyInAnyOrder(Revocation.REVOKED, Revocation.ALREADY_REVOKED);
        }
        assertThat(f.changeNames()).filteredOn("token.revoked"::equals).hasSize(ROUNDS);
    }

    @Test
    void once_a_revocation_has_returned_nothing_is_allowed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = f.issue();
            race(
                    () -> {
                        revoke(token);
                        return f.refusal(Ask.with(token));
                    },
                    () -> f.judge(Ask.with(token)));

            assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
        }
    }
}
