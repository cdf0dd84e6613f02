package school.lectern.auth.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The least that the verification of a token comes to, by whatever library, if its row is cached: hash the token, read the
 * row, compare, look at the clock. Written straight down, with nothing around it.
 */
@State(Scope.Benchmark)
public class Floor {

    private static final long END = Long.MAX_VALUE;

    private final Clock clock = Clock.systemUTC();
    private Cache<String, byte[]> digests;

    /** Puts the digests of all tokens into a cache that is bounded, and has room for them. */
    @Setup
    public void setUp(Tokens tokens) {
        digests = Caffeine.newBuilder().maximumSize(2L * tokens.tokens).build();
        for (int i = 0; i < tokens.tokens; i++) {
            digests.put(tokens.characters(i), sha256(tokens.characters(i)));
        }
        for (int i = 0; i < tokens.tokens; i++) {
            Tokens.require(verify(tokens.characters(i)), "floor");
        }
    }

    boolean verify(String token) {
        byte[] digest = sha256(token);
        byte[] stored = digests.getIfPresent(token);
        return stored != null && MessageDigest.isEqual(stored, digest) && clock.millis() < END;
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
