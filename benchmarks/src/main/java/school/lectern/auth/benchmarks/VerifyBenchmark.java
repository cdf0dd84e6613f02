package school.lectern.auth.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.decision.Decision;

/** The verify path by outcome, and its floor. The return value prevents the compiler from removing the work. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class VerifyBenchmark {

    /** The minimum work. */
    @Benchmark
    public boolean floor(Tokens tokens, Floor floor, TokenCycle turn) {
        return floor.verify(tokens.characters(turn.next()), turn.sha256);
    }

    /** The minimum work with a limit counter that several threads share. */
    @Benchmark
    public boolean floorAndCount(Tokens tokens, Floor floor, TokenCycle turn) {
        return floor.verifyAndCount(tokens.characters(turn.next()), turn.sha256);
    }

    /** A token with the required scope. */
    @Benchmark
    public Decision allowed(Tokens tokens, TokenCycle turn) {
        return tokens.allowed(turn);
    }

    /** A token without the required scope. */
    @Benchmark
    public Decision insufficientScope(Tokens tokens, TokenCycle turn) {
        return tokens.insufficientScope(turn);
    }

    /** A well-formed token that does not exist. */
    @Benchmark
    public Decision unknown(Tokens tokens, TokenCycle turn) {
        return tokens.unknown(turn);
    }

    /** A malformed token. */
    @Benchmark
    public Decision malformed(Tokens tokens, TokenCycle turn) {
        return tokens.malformed(turn);
    }
}
