package school.lectern.auth.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The least that the verification of a token comes to, by whatever library, if its row is cached: hash the token, read the
 * row, compare, look at both clocks. Written straight down, with nothing around it.
 *
 * <p>The key is cut from the digest in each call, as whoever keeps no secrets in a cache has to. It is two numbers and no
 * text: a text would have to be written first, and one that was written before would remember its hash code. Both would
 * flatter one side.
 */
@State(Scope.Benchmark)
public class Floor {

    private static final long END = Long.MAX_VALUE;

    private final Clock clock = Clock.systemUTC();
    private final long start = System.nanoTime();
    private final AtomicLong count = new AtomicLong();
    private Cache<Key, byte[]> digests;

    private record Key(long high, long low) {
        static Key of(byte[] digest) {
            ByteBuffer bytes = ByteBuffer.wrap(digest);
            return new Key(bytes.getLong(), bytes.getLong());
        }
    }

    /**
     * Puts the digests of all tokens into a cache that is bounded, and has room for them. So much, as {@link Tokens#cache} has,
     * that it is less than half full: only from then on does Caffeine note each read, so as to know what to throw out.
     */
    @Setup
    public void setUp(Tokens tokens) {
        digests = Caffeine.newBuilder().maximumSize(4L * tokens.tokens).build();
        MessageDigest sha256 = new TokenCycle().sha256;
        for (int i = 0; i < tokens.tokens; i++) {
            byte[] digest = digest(sha256, tokens.characters(i));
            digests.put(Key.of(digest), digest);
        }
        for (int i = 0; i < tokens.tokens; i++) {
            Tokens.require(verify(tokens.characters(i), sha256), "floor");
        }
    }

    boolean verify(String token, MessageDigest sha256) {
        byte[] digest = digest(sha256, token);
        byte[] stored = digests.getIfPresent(Key.of(digest));
        return stored != null
                && MessageDigest.isEqual(stored, digest)
                && clock.millis() < END
                && System.nanoTime() - start >= 0;
    }

    /** The same, and one count that all threads share. */
    boolean verifyAndCount(String token, MessageDigest sha256) {
        return verify(token, sha256) & count.incrementAndGet() > 0;
    }

    private static byte[] digest(MessageDigest sha256, String token) {
        return sha256.digest(token.getBytes(StandardCharsets.ISO_8859_1));
    }
}
