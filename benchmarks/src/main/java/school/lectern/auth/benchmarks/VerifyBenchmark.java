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

/** The verify path, by outcome, beside its floor. What is returned keeps the compiler from leaving the work out. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class VerifyBenchmark {

    /** The least there is to do. */
    @Benchmark
    public boolean floor(Tokens tokens, Floor floor, TokenCycle turn) {
        return floor.verify(tokens.characters(turn.next()), turn.sha256);
    }

    /** The least there is to do where a limit is counted that several threads share. */
    @Benchmark
    public boolean floorAndCount(Tokens tokens, Floor floor, TokenCycle turn) {
        return floor.verifyAndCount(tokens.characters(turn.next()), turn.sha256);
    }

    /** A token that may. */
    @Benchmark
    public Decision allowed(Tokens tokens, TokenCycle turn) {
        return tokens.allowed(turn);
    }

    /** A token that may not. */
    @Benchmark
    public Decision insufficientScope(Tokens tokens, TokenCycle turn) {
        return tokens.insufficientScope(turn);
    }

    /** No token that there is. */
    @Benchmark
    public Decision unknown(Tokens tokens, TokenCycle turn) {
        return tokens.unknown(turn);
    }

    /** No token at all. */
    @Benchmark
    public Decision malformed(Tokens tokens, TokenCycle turn) {
        return tokens.malformed(turn);
    }
}
