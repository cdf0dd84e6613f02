package school.lectern.auth.token;

import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * What is stored in a secret's place: a hash, and the name of the algorithm that made it. Prints without the hash, and
 * compares in constant time.
 */
public final class TokenHash {

    private final String algorithm;
    private final byte[] digest;

    /**
     * A stored hash.
     *
     * @param algorithm the name of the algorithm, for example {@code sha256}
     * @param hex the hash in hexadecimal digits
     * @throws UnreadableTokenException if either is empty or the digits are none: an empty hash must never be compared,
     *     since two empty ones are equal
     */
    public static TokenHash of(String algorithm, String hex) {
        if (algorithm.isEmpty() || hex.isEmpty()) {
            throw new UnreadableTokenException("a stored hash is empty");
        }
        try {
            return new TokenHash(algorithm, HexFormat.of().parseHex(hex));
        } catch (IllegalArgumentException notHex) {
            // Without its cause, whose message would quote the hash.
            throw new UnreadableTokenException("a stored hash is not hexadecimal");
        }
    }

    TokenHash(String algorithm, byte[] digest) {
        this.algorithm = algorithm;
        this.digest = digest;
    }

    /** The name of the algorithm. */
    public String algorithm() {
        return algorithm;
    }

    /** The hash in hexadecimal digits, for a store to keep. */
    public String expose() {
        return HexFormat.of().formatHex(digest);
    }

    /** Compares in a time that depends on the lengths alone, which are no secret. */
    boolean matches(byte[] computed) {
        return MessageDigest.isEqual(digest, computed);
    }

    int length() {
        return digest.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenHash hash && algorithm.equals(hash.algorithm) && matches(hash.digest);
    }

    @Override
    public int hashCode() {
        return algorithm.hashCode();
    }

    @Override
    public String toString() {
        return algorithm + ":[redacted]";
    }
}
