package school.lectern.auth.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * What is stored in a secret's place: a hash, and the name of the algorithm that made it. Prints without the hash, and
 * compares in constant time.
 *
 * <p>A store reads hashes back with {@link #of}. Whoever brings tokens from an old system makes them with the method that
 * bears the algorithm's name, which checks what can be checked of a hash.
 */
public final class TokenHash {

    private final String algorithm;
    private final boolean hexadecimal;
    private final byte[] content;

    /**
     * A stored hash, as {@link #expose} gave it. One of an unknown algorithm, or beyond what is accepted, can be read and
     * listed; it proves no secret.
     *
     * @param algorithm the name of the algorithm, for example {@code sha256}
     * @param text the hash in the algorithm's form: hexadecimal digits for those without salt
     * @throws UnreadableTokenException if either is empty, or should be hexadecimal and is not: an empty hash must never be
     *     compared, since two empty ones are equal
     */
    public static TokenHash of(String algorithm, String text) {
        if (algorithm.isEmpty() || text.isEmpty()) {
            throw new UnreadableTokenException("a stored hash is empty");
        }
        if (!HashAlgorithm.isHexadecimal(algorithm)) {
            return new TokenHash(algorithm, false, text.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return new TokenHash(HashAlgorithm.shared(algorithm), HexFormat.of().parseHex(text));
        } catch (IllegalArgumentException notHex) {
            // Without its cause, whose message would quote the hash.
            throw new UnreadableTokenException("a stored hash is not hexadecimal");
        }
    }

    /**
     * The SHA-256 of a secret.
     *
     * @param hex 64 hexadecimal digits
     * @throws IllegalArgumentException if they are not that
     */
    public static TokenHash sha256(String hex) {
        return digest(Sha2.SHA256.name(), Sha2.SHA256.length(), hex);
    }

    /**
     * The SHA-512 of a secret.
     *
     * @param hex 128 hexadecimal digits
     * @throws IllegalArgumentException if they are not that
     */
    public static TokenHash sha512(String hex) {
        return digest(Sha2.SHA512.name(), Sha2.SHA512.length(), hex);
    }

    /**
     * The HMAC-SHA-256 of a secret.
     *
     * @param pepper the number of the pepper that is its key, from 1
     * @param hex 64 hexadecimal digits
     * @throws IllegalArgumentException if they are not that
     */
    public static TokenHash hmacSha256(int pepper, String hex) {
        if (pepper < 1) {
            throw new IllegalArgumentException("pepper: its number is below 1");
        }
        return digest(HashAlgorithm.hmacSha256(pepper), HmacSha256.LENGTH, hex);
    }

    private static TokenHash digest(String algorithm, int length, String hex) {
        if (hex.length() != 2 * length || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            throw new IllegalArgumentException(algorithm + ": is not " + 2 * length + " hexadecimal digits");
        }
        return new TokenHash(algorithm, HexFormat.of().parseHex(hex));
    }

    /**
     * The bcrypt hash of a secret. A secret of more than 72 bytes, which bcrypt would cut off, never matches.
     *
     * @param text in modular crypt form: {@code $2a$}, {@code $2b$} or {@code $2y$}, a cost from 04 to 12, {@code $}, and 53
     *     characters of salt and digest
     * @throws IllegalArgumentException if it is not that; says why
     */
    public static TokenHash bcrypt(String text) {
        BcryptHash.parse(text);
        return of(HashAlgorithm.BCRYPT.text(), text);
    }

    /**
     * The Argon2id hash (RFC 9106) of a secret.
     *
     * @param text in PHC form: {@code $argon2id$v=19$m=65536,t=3,p=4$}, the salt, {@code $} and the digest, both in base64
     *     without padding. At most 65536 KiB (m), 10 passes (t) and 16 lanes (p); a salt of 8 to 64 bytes and a digest of 16
     *     to 64
     * @throws IllegalArgumentException if it is not that; says why
     */
    public static TokenHash argon2id(String text) {
        Argon2idHash.parse(text);
        return of(HashAlgorithm.ARGON2ID.text(), text);
    }

    TokenHash(String algorithm, byte[] digest) {
        this(algorithm, true, digest);
    }

    private TokenHash(String algorithm, boolean hexadecimal, byte[] content) {
        this.algorithm = algorithm;
        this.hexadecimal = hexadecimal;
        this.content = content;
    }

    /** The name of the algorithm. */
    public String algorithm() {
        return algorithm;
    }

    /** The hash in the algorithm's form, for a store to keep. */
    public String expose() {
        return hexadecimal ? HexFormat.of().formatHex(content) : new String(content, StandardCharsets.UTF_8);
    }

    /** Compares in a time that depends on the lengths alone, which are no secret. Tells nothing of the algorithms. */
    boolean matches(byte[] computed) {
        return MessageDigest.isEqual(content, computed);
    }

    /** What the row of a token of one part is found by, if the hash is without salt. */
    String selector() {
        return FastHash.selector(content);
    }

    /** Its bytes, which nobody changes. */
    byte[] content() {
        return content;
    }

    int length() {
        return content.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenHash hash && algorithm.equals(hash.algorithm) && matches(hash.content);
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
