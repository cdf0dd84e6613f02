package school.lectern.auth.token;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Turns secrets into what is stored of them. Stateless, safe for use by many threads.
 *
 * <p>The algorithm is SHA-256 (FIPS 180-4), once, without salt: tokens are random with at least 128 bits, so there is
 * nothing that a slow or salted hash would make harder to guess, and a fast one is what lets every request be checked.
 */
public final class TokenHasher {

    /** The name under which SHA-256 is stored. */
    public static final String SHA256 = "sha256";

    /** Of a digest's 32 bytes, so many find the row; all of them are compared. */
    private static final int SELECTOR_BYTES = 16;

    /** A hasher with SHA-256. */
    public TokenHasher() {}

    /** What a token is stored as. */
    public record Stored(String selector, TokenHash hash) {}

    /** Starts the verification of a token: hashes it once, whatever will be found. */
    public Probe probe(PresentedToken token) {
        byte[] digest = sha256(token.secret());
        return new Probe(token, selector(token, digest), digest);
    }

    /** What is to be stored of a token that was just drawn. */
    public Stored store(PresentedToken token) {
        byte[] digest = sha256(token.secret());
        return new Stored(selector(token, digest), new TokenHash(SHA256, digest));
    }

    /** What the row is found by: the public key where there is one, else half of the digest. */
    private static String selector(PresentedToken token, byte[] digest) {
        String publicKey = token.publicKey();
        return publicKey != null ? publicKey : HexFormat.of().formatHex(Arrays.copyOf(digest, SELECTOR_BYTES));
    }

    private static byte[] sha256(Secret secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.bytes());
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
