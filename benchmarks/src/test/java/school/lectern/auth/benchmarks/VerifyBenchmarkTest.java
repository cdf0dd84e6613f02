package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.format.PresentedToken;

/** Calls each benchmark a few times, so that a broken benchmark fails the build. */
class VerifyBenchmarkTest {

    private static final int TOKENS = 3;

    @Test
    void each_case_has_the_outcome_of_its_name() {
        Tokens tokens = tokens();
        Floor floor = new Floor();
        floor.setUp(tokens);
        TokenCycle turn = turn();
        VerifyBenchmark benchmark = new VerifyBenchmark();
        for (int i = 0; i <= TOKENS; i++) {
            assertThat(benchmark.floor(tokens, floor, turn)).isTrue();
            assertThat(benchmark.floorAndCount(tokens, floor, turn)).isTrue();
            assertThat(benchmark.allowed(tokens, turn)).isInstanceOf(Allowed.class);
            assertThat(benchmark.insufficientScope(tokens, turn)).isInstanceOf(Denied.class);
            assertThat(benchmark.unknown(tokens, turn)).isInstanceOf(Denied.class);
            assertThat(benchmark.malformed(tokens, turn)).isInstanceOf(Denied.class);
        }
        assertThat(floor.verify("sk_unknown", turn.sha256)).isFalse();
        tokens.tearDown();
    }

    @Test
    void each_stage_has_the_outcome_of_its_name() {
        Tokens tokens = tokens();
        TokenCycle turn = turn();
        StageBenchmark benchmark = new StageBenchmark();
        for (int i = 0; i <= TOKENS; i++) {
            assertThat(benchmark.stage1Parse(tokens, turn)).isInstanceOf(PresentedToken.class);
            assertThat(benchmark.stage2Hash(tokens, turn).selectors()).hasSize(1);
            assertThat(benchmark.stage3Find(tokens, turn)).hasSize(1);
            assertThat(benchmark.stage4Verify(tokens, turn)).isNotNull();
            assertThat(benchmark.stage5Recheck(tokens, turn)).isInstanceOf(Allowed.class);
            assertThat(benchmark.stage6Allowed(tokens, turn)).isInstanceOf(Allowed.class);
        }
        tokens.tearDown();
    }

    @Test
    void each_peer_knows_its_tokens() {
        Tokens tokens = tokens();
        JwtPeers signed = new JwtPeers();
        signed.setUp(tokens);
        SpringPeer spring = new SpringPeer();
        spring.setUp(tokens);
        CachePeers cached = new CachePeers();
        cached.setUp(tokens);
        Floor floor = new Floor();
        floor.setUp(tokens);
        TokenCycle turn = turn();
        PeerBenchmark benchmark = new PeerBenchmark();
        for (int i = 0; i <= TOKENS; i++) {
            assertThat(benchmark.floor(tokens, floor, turn)).isTrue();
            assertThat(benchmark.lectern(tokens, turn)).isInstanceOf(Allowed.class);
            assertThat(benchmark.jjwt(signed, turn).getPayload().getSubject()).startsWith("token-");
            assertThat(benchmark.nimbus(signed, turn).getSubject()).startsWith("token-");
            assertThat(benchmark.springSecurity(spring, turn).getName()).isEqualTo("123");
            assertThat(benchmark.dropwizard(cached, turn)).isPresent();
            assertThat(benchmark.shiro(cached, turn)).isNotNull();
        }
        tokens.tearDown();
    }

    @Test
    void each_limiter_admits() {
        LimitBenchmark benchmark = new LimitBenchmark();
        benchmark.tokens = TOKENS;
        benchmark.setUp();
        assertThat(benchmark.lectern().admitted()).isTrue();
        assertThat(benchmark.bucket4j().isConsumed()).isTrue();
        assertThat(benchmark.resilience4j()).isTrue();
        assertThat(benchmark.guava()).isTrue();
    }

    @Test
    void each_hash_is_one() throws Exception {
        HashBenchmark benchmark = new HashBenchmark();
        benchmark.setUp();
        assertThat(Arrays.asList(benchmark.jdkReused(), benchmark.jdkGetInstance(), benchmark.bouncyCastle()))
                .allSatisfy(digest -> assertThat(digest).hasSize(32));
    }

    @Test
    void each_dialect_allows_its_tokens() {
        for (String dialect : new String[] {"lectern", "learncoin", "teacharium", "learnhouse"}) {
            DialectBenchmark benchmark = new DialectBenchmark();
            benchmark.dialect = dialect;
            benchmark.setUp();
            // More calls than the default limit of any dialect allows.
            for (int call = 0; call < 201_000; call++) {
                assertThat(benchmark.allowed()).isInstanceOf(Allowed.class);
            }
            benchmark.tearDown();
        }
    }

    @Test
    void turns_meet_all_tokens_before_one_again_never_neighbours_and_threads_start_apart() {
        TokenCycle turn = new TokenCycle();
        for (int count : new int[] {1, 2, 3, 1_000, 10_000, 1_000_000}) {
            turn.start(count, 0, 1);
            BitSet met = new BitSet();
            IntStream.range(0, count).forEach(i -> met.set(turn.next()));
            assertThat(met.cardinality()).isEqualTo(count);
        }
        turn.start(1_000, 0, 2);
        int first = turn.next();
        assertThat(Math.abs(turn.next() - first)).isBetween(100, 900);
        turn.start(1_000, 1, 2);
        assertThat(turn.next()).isEqualTo((first + 500) % 1_000);
    }

    private static Tokens tokens() {
        Tokens tokens = new Tokens();
        tokens.tokens = TOKENS;
        tokens.setUp();
        return tokens;
    }

    private static TokenCycle turn() {
        TokenCycle turn = new TokenCycle();
        turn.start(TOKENS, 0, 1);
        return turn;
    }
}
