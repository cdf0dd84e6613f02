package school.lectern.auth.benchmarks;

import com.nimbusds.jwt.JWTClaimsSet;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import java.security.Principal;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.shiro.authc.AuthenticationInfo;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;
import org.springframework.security.core.Authentication;
import school.lectern.auth.decision.Decision;

/**
 * Decisions whose data is not in the processor's cache, as in a server, where the handler and the database driver have used the
 * cache since the token's last request. Each call is timed by itself, and the score is the median. {@link #control} has the
 * cost of the measurement, which the report subtracts.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class ColdBenchmark {

    /** Runs before each call, outside the measured time: reads more memory than the caches of the processor hold. */
    @State(Scope.Thread)
    public static class Walk {

        /** Twice the size of a large last-level cache that one processor core can use, which is 32 MiB. */
        private static final int BYTES = 64 << 20;

        /** One read for each cache line of 64 bytes. */
        private static final int STEP = 64 / Long.BYTES;

        private final long[] buffer = new long[BYTES / Long.BYTES];

        /** A field, so that the compiler cannot remove the reads. */
        public long sum;

        private boolean warmingUp;

        /**
         * Decides whether to walk. The iterations that warm up do not: a walk takes as long as ten thousand calls, and the
         * compiler would not see enough of them.
         */
        @Setup(Level.Iteration)
        public void start(IterationParams iteration) {
            warmingUp = iteration.getType() == IterationType.WARMUP;
        }

        /** Reads the buffer, and thereby displaces everything else from the caches. */
        @Setup(Level.Invocation)
        public void walk() {
            if (warmingUp) {
                return;
            }
            long read = 0;
            for (int i = 0; i < buffer.length; i += STEP) {
                read += buffer[i];
            }
            sum += read;
        }
    }

    /** The walk and nothing else: the cost of reading the clock before and after. */
    @Benchmark
    public boolean control(Tokens tokens, Walk walk, TokenCycle turn) {
        return true;
    }

    /** The minimum work. */
    @Benchmark
    public boolean floor(Tokens tokens, Floor floor, Walk walk, TokenCycle turn) {
        return floor.verify(tokens.characters(turn.next()), turn.sha256);
    }

    /** A token with the required scope. */
    @Benchmark
    public Decision allowed(Tokens tokens, Walk walk, TokenCycle turn) {
        return tokens.allowed(turn);
    }

    /** A token without the required scope. */
    @Benchmark
    public Decision insufficientScope(Tokens tokens, Walk walk, TokenCycle turn) {
        return tokens.insufficientScope(turn);
    }

    /** Verifies the signature. */
    @Benchmark
    public Jws<Claims> jjwt(JwtPeers peers, Walk walk, TokenCycle turn) {
        return peers.jjwt(turn.next());
    }

    /** Verifies the signature. */
    @Benchmark
    public JWTClaimsSet nimbus(JwtPeers peers, Walk walk, TokenCycle turn) {
        return peers.nimbus(turn.next());
    }

    /** Reads a cache with the token as its key. */
    @Benchmark
    public Authentication springSecurity(SpringPeer peer, Walk walk, TokenCycle turn) {
        return peer.authenticate(turn.next());
    }

    /** Reads a cache with the token as its key. */
    @Benchmark
    public Optional<Principal> dropwizard(CachePeers peers, Walk walk, TokenCycle turn) {
        return peers.dropwizard(turn.next());
    }

    /** Reads a cache with the token as its key. */
    @Benchmark
    public AuthenticationInfo shiro(CachePeers peers, Walk walk, TokenCycle turn) {
        return peers.shiro(turn.next());
    }
}
