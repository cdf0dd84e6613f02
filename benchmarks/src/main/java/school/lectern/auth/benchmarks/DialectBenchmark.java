package school.lectern.auth.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.DialectBuilder;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.scope.ScopeSet;

/** An allowed call in each dialect with its default settings. No call requires more than the dialect's documentation does. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class DialectBenchmark {

    private static final int TOKENS = 1_000;

    /** The dialect. */
    @Param({"lectern", "learncoin", "teacharium", "learnhouse"})
    public String dialect;

    private final AuthRequest[] requests = new AuthRequest[TOKENS];
    private LecternAuth auth;
    private int turn;

    /** Issues the tokens, and authenticates each once. The limits are higher than the measurement can reach. */
    @Setup
    public void setUp() {
        Dialect chosen = List.of(Lectern.DIALECT, LearnCoin.DIALECT, Teacharium.DIALECT, LearnHouse.DIALECT).stream()
                .filter(one -> one.name().equals(dialect))
                .findFirst()
                .orElseThrow();
        RateLimit many = RateLimit.perMinute(RateLimit.MAX_PERMITS);
        DialectBuilder generous = chosen.toBuilder().creationLimit(many);
        if (dialect.equals("lectern")) {
            generous.limits(LimitPlan.unlimited().with(LimitPlan.READ, many), LimitHeaders.X_RATE_LIMIT);
        }
        auth = LecternAuth.builder(generous.build())
                .tokens(new InMemoryTokenStore(new InMemoryAuditLog(2_000_000)))
                .open();
        for (int i = 0; i < TOKENS; i++) {
            requests[i] = request(i);
            Tokens.require(allowed() instanceof Allowed, "allowed");
        }
    }

    private AuthRequest request(int i) {
        NewToken settings = NewToken.named("benchmark " + i);
        if (dialect.equals("lectern")) {
            settings.scopes(ScopeSet.parse("read:learners"));
        }
        String token = auth.tenant("123")
                .tokens()
                .issue(settings)
                .orElseThrow()
                .secret()
                .expose();
        List<String> authorization = List.of("Bearer " + token);
        turn = i - 1;
        return new AuthRequest(
                auth.newRequestId(),
                "GET",
                "/v1/learners",
                IpAddress.parse("192.0.2.7").orElseThrow(),
                name -> name.equals("Authorization") ? authorization : List.of());
    }

    /** An allowed call. */
    @Benchmark
    public Decision allowed() {
        turn = turn + 1 < TOKENS ? turn + 1 : 0;
        return auth.authenticate(requests[turn], Requirement.anyToken());
    }

    /** Checks that the call is still allowed, and closes the instance. */
    @TearDown
    public void tearDown() {
        Tokens.require(allowed() instanceof Allowed, "allowed");
        auth.close();
    }
}
