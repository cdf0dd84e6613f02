package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;

/** Calls each benchmark a few times, so that none rots between two measurements. */
class VerifyBenchmarkTest {

    private static final int TOKENS = 3;

    @Test
    void eachCaseIsWhatItClaimsToBe() {
        Tokens tokens = new Tokens();
        tokens.tokens = TOKENS;
        tokens.setUp();
        Floor floor = new Floor();
        floor.setUp(tokens);
        Turn turn = new Turn();
        turn.setUp(tokens);
        VerifyBenchmark benchmark = new VerifyBenchmark();
        for (int i = 0; i <= TOKENS; i++) {
            assertThat(benchmark.floor(tokens, floor, turn)).isTrue();
            assertThat(benchmark.allowed(tokens, turn)).isInstanceOf(Allowed.class);
            assertThat(benchmark.insufficientScope(tokens, turn)).isInstanceOf(Denied.class);
            assertThat(benchmark.unknown(tokens, turn)).isInstanceOf(Denied.class);
            assertThat(benchmark.malformed(tokens, turn)).isInstanceOf(Denied.class);
        }
        tokens.tearDown();
    }

    @Test
    void turnsGoRound() {
        Tokens tokens = new Tokens();
        tokens.tokens = TOKENS;
        Turn turn = new Turn();
        turn.setUp(tokens);
        assertThat(new int[] {turn.next(), turn.next(), turn.next(), turn.next()})
                .containsExactly(1, 2, 0, 1);
    }
}
