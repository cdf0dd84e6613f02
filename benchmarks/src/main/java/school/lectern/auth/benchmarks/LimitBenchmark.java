package school.lectern.auth.benchmarks;

import com.google.common.util.concurrent.RateLimiter;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.time.Clocks;

/**
 * Takes one permit of a token's own limit, which is never exceeded. Each object of the other libraries limits one key, so an
 * application needs a map of them: the look-up in the map is part of the measurement.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class LimitBenchmark {

    private static final long PERMITS = RateLimit.MAX_PERMITS;
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final RateLimit LIMIT = RateLimit.fixed(PERMITS, WINDOW);

    /** The number of tokens with a limit. */
    @Param({"1", "10000"})
    public int tokens;

    private final LimitStore lectern = new InMemoryLimitStore(Clocks.system());
    private LimitKey[] keys;
    private Map<String, Bucket> buckets;
    private Map<String, io.github.resilience4j.ratelimiter.RateLimiter> resilience;
    private Map<String, RateLimiter> guava;
    private int turn;

    /** Creates a limit of each library for each token, and calls each once. */
    @Setup
    public void setUp() {
        keys = new LimitKey[tokens];
        for (int i = 0; i < tokens; i++) {
            keys[i] = new LimitKey("token-" + i, "read");
        }
        buckets = each(key -> Bucket.builder()
                .addLimit(limit -> limit.capacity(PERMITS).refillIntervally(PERMITS, WINDOW))
                .build());
        RateLimiterConfig config = RateLimiterConfig.custom()
                .limitForPeriod((int) PERMITS)
                .limitRefreshPeriod(WINDOW)
                .timeoutDuration(Duration.ZERO)
                .build();
        resilience = each(key -> io.github.resilience4j.ratelimiter.RateLimiter.of(key, config));
        guava = each(key -> RateLimiter.create((double) PERMITS / WINDOW.toSeconds()));
        Tokens.require(lectern().admitted(), "lectern");
        Tokens.require(bucket4j().isConsumed(), "bucket4j");
        Tokens.require(resilience4j(), "resilience4j");
        Tokens.require(guava(), "guava");
    }

    private <T> Map<String, T> each(Function<String, T> make) {
        Map<String, T> all = new ConcurrentHashMap<>();
        for (LimitKey key : keys) {
            all.put(key.subject(), make.apply(key.subject()));
        }
        return all;
    }

    private LimitKey next() {
        turn = turn + 1 < tokens ? turn + 1 : 0;
        return keys[turn];
    }

    /** The library: returns the remaining permits and the reset time. */
    @Benchmark
    public LimitStatus lectern() {
        return lectern.take(LimitTake.of(next(), LIMIT), Clocks.system().now());
    }

    /** Returns the remaining permits and the waiting time. */
    @Benchmark
    public ConsumptionProbe bucket4j() {
        return buckets.get(next().subject()).tryConsumeAndReturnRemaining(1);
    }

    /** Returns only whether the call is permitted. */
    @Benchmark
    public boolean resilience4j() {
        return resilience.get(next().subject()).acquirePermission();
    }

    /** Returns only whether the call is permitted, and spreads the permits evenly. */
    @Benchmark
    public boolean guava() {
        return guava.get(next().subject()).tryAcquire();
    }
}
