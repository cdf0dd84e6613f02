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
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.security.core.Authentication;
import school.lectern.auth.decision.Decision;

/** Other libraries for a similar purpose, and how long they take. The README lists what each does not do. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class PeerBenchmark {

    /** The minimum work. */
    @Benchmark
    public boolean floor(Tokens tokens, Floor floor, TokenCycle turn) {
        return floor.verify(tokens.characters(turn.next()), turn.sha256);
    }

    /** This library. */
    @Benchmark
    public Decision lectern(Tokens tokens, TokenCycle turn) {
        return tokens.allowed(turn);
    }

    /** Verifies an HMAC-SHA-256 signature. */
    @Benchmark
    public Jws<Claims> jjwt(JwtPeers peers, TokenCycle turn) {
        return peers.jjwt(turn.next());
    }

    /** Verifies an HMAC-SHA-256 signature. */
    @Benchmark
    public JWTClaimsSet nimbus(JwtPeers peers, TokenCycle turn) {
        return peers.nimbus(turn.next());
    }

    /** Reads a cache with the token as its key. */
    @Benchmark
    public Authentication springSecurity(SpringPeer peer, TokenCycle turn) {
        return peer.authenticate(turn.next());
    }

    /** Reads a cache with the token as its key. */
    @Benchmark
    public Optional<Principal> dropwizard(CachePeers peers, TokenCycle turn) {
        return peers.dropwizard(turn.next());
    }

    /** Reads a cache with the token as its key. */
    @Benchmark
    public AuthenticationInfo shiro(CachePeers peers, TokenCycle turn) {
        return peers.shiro(turn.next());
    }
}
