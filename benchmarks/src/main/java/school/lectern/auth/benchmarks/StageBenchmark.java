package school.lectern.auth.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.format.ParsedCredential;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.token.VerifiedToken;

/** The stages of an allowed decision: each benchmark runs one stage more than the previous one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class StageBenchmark {

    private final TokenHasher hasher = new TokenHasher();
    private final Clocks clocks = Clocks.system();

    /** Parses the header and the token's format. */
    @Benchmark
    public ParsedCredential stage1Parse(Tokens tokens, TokenCycle turn) {
        return parse(tokens.presenting(turn));
    }

    /** Hashes the token. */
    @Benchmark
    public SecretVerifier stage2Hash(Tokens tokens, TokenCycle turn) {
        return probe(tokens.presenting(turn));
    }

    /** Looks up its row in memory, under a lease. */
    @Benchmark
    public List<StoredToken> stage3Find(Tokens tokens, TokenCycle turn) {
        return Tokens.rows(tokens.cache(), probe(tokens.presenting(turn)));
    }

    /** Compares the hashes. */
    @Benchmark
    public @Nullable VerifiedToken stage4Verify(Tokens tokens, TokenCycle turn) {
        AuthRequest request = tokens.presenting(turn);
        SecretVerifier probe = probe(request);
        FoundTokens found = tokens.cache().find(probe);
        Moment now = clocks.now();
        return probe.verify(found.rowsAt(now), request.address(), now);
    }

    /** All except taking a permit: the limit is only read. */
    @Benchmark
    public Decision stage5Recheck(Tokens tokens, TokenCycle turn) {
        return tokens.recheck(turn);
    }

    /** The complete decision. */
    @Benchmark
    public Decision stage6Allowed(Tokens tokens, TokenCycle turn) {
        return tokens.allowed(turn);
    }

    private ParsedCredential parse(AuthRequest request) {
        return Lectern.DIALECT.carriers().parse(request, Lectern.DIALECT.formats());
    }

    private SecretVerifier probe(AuthRequest request) {
        return hasher.verifierFor((PresentedToken) parse(request));
    }
}
