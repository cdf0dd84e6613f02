package school.lectern.auth.benchmarks;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** SHA-256 of a text of a token's length, with a different text in each call. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class HashBenchmark {

    private static final int TOKENS = 1_024;

    private final byte[][] tokens = new byte[TOKENS][];
    private final MessageDigest reused = new TokenCycle().sha256;
    private final SHA256Digest bouncy = new SHA256Digest();
    private int turn;

    /** Generates the texts, and checks that all implementations agree. */
    @Setup
    public void setUp() throws NoSuchAlgorithmException {
        for (int i = 0; i < TOKENS; i++) {
            tokens[i] = String.format("sk_live_%040d", i).getBytes(StandardCharsets.ISO_8859_1);
        }
        byte[] first = jdkReused();
        turn--;
        Tokens.require(Arrays.equals(first, jdkGetInstance()), "getInstance");
        turn--;
        Tokens.require(Arrays.equals(first, bouncyCastle()), "BouncyCastle");
    }

    private byte[] next() {
        return tokens[++turn & (TOKENS - 1)];
    }

    /** One object for all calls. */
    @Benchmark
    public byte[] jdkReused() {
        return reused.digest(next());
    }

    /** A new object for each call, which code without thread-local state needs. */
    @Benchmark
    public byte[] jdkGetInstance() throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(next());
    }

    /** One object for all calls. */
    @Benchmark
    public byte[] bouncyCastle() {
        byte[] token = next();
        bouncy.update(token, 0, token.length);
        byte[] digest = new byte[bouncy.getDigestSize()];
        bouncy.doFinal(digest, 0);
        return digest;
    }
}
