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
 * The minimum work to verify a token whose row is cached, with any library: hash the token, read the row, compare the hashes,
 * and read both clocks. Written directly, without any abstraction.
 *
 * <p>The key is computed from the digest in each call, which is necessary if a cache contains no secrets. It consists of two
 * numbers and is not a string: a new string would have to be written first, and a string that is reused would have its hash
 * code cached. Either would distort the comparison.
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
     * Puts the digests of all tokens into a bounded cache with room for all. Like {@link Tokens#cache}, it is less than half
     * full: from half full on, Caffeine records each read for its eviction policy.
     *
     * @param tokens the tokens to put
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

    /** The same, plus one counter that all threads share. */
    boolean verifyAndCount(String token, MessageDigest sha256) {
        return verify(token, sha256) & count.incrementAndGet() > 0;
    }

    private static byte[] digest(MessageDigest sha256, String token) {
        return sha256.digest(token.getBytes(StandardCharsets.ISO_8859_1));
    }
}
