package school.lectern.auth.token;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * The hash that is stored in place of a secret, with the name of its algorithm. Its {@code toString} omits the hash, and
 * hashes are compared in constant time.
 *
 * <p>A store restores hashes with {@link #of}. To import tokens from an old system, use the method that is named after the
 * algorithm: it checks the form of the hash.
 */
public abstract sealed class TokenHash permits Digest256, TokenHash.Content {

    private final String algorithm;

    TokenHash(String algorithm) {
        this.algorithm = algorithm;
    }

    /**
     * {@return a stored hash, as {@link #expose} returned it} A hash whose algorithm is unknown, or which exceeds the
     * accepted limits, can be read and listed, but never verifies a secret.
     *
     * @param algorithm the name of the algorithm, for example {@code sha256}
     * @param text the hash in the algorithm's form: hexadecimal digits for algorithms without salt
     * @throws UnreadableTokenException if one of them is empty, or if the text must be hexadecimal and is not; an empty hash
     *     must never be compared, because two empty hashes are equal
     */
    public static TokenHash of(String algorithm, String text) {
        if (algorithm.isEmpty() || text.isEmpty()) {
            throw new UnreadableTokenException("a stored hash is empty");
        }
        if (!HashAlgorithm.isHexadecimal(algorithm)) {
            return new Content(algorithm, false, text.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return digest(
                    HashAlgorithm.shared(algorithm),
                    ByteBuffer.wrap(HexFormat.of().parseHex(text)));
        } catch (IllegalArgumentException notHex) {
            // Without the cause, whose message would quote the hash.
            throw new UnreadableTokenException("a stored hash is not hexadecimal");
        }
    }

    /**
     * {@return the SHA-256 hash of a secret}
     *
     * @param hex the hash as 64 hexadecimal digits
     * @throws IllegalArgumentException if the text is not 64 hexadecimal digits
     */
    public static TokenHash sha256(String hex) {
        return digest(Sha2.SHA256.name(), Sha2.SHA256.length(), hex);
    }

    /**
     * {@return the SHA-512 hash of a secret}
     *
     * @param hex the hash as 128 hexadecimal digits
     * @throws IllegalArgumentException if the text is not 128 hexadecimal digits
     */
    public static TokenHash sha512(String hex) {
        return digest(Sha2.SHA512.name(), Sha2.SHA512.length(), hex);
    }

    /**
     * {@return the HMAC-SHA-256 hash of a secret}
     *
     * @param pepper the number of the pepper that is its key, from 1
     * @param hex the hash as 64 hexadecimal digits
     * @throws IllegalArgumentException if the number is below 1 or the text is not 64 hexadecimal digits
     */
    public static TokenHash hmacSha256(int pepper, String hex) {
        if (pepper < 1) {
            throw new IllegalArgumentException("pepper must have a number of at least 1, was " + pepper);
        }
        return digest(HashAlgorithm.hmacSha256(pepper), HmacSha256.LENGTH, hex);
    }

    private static TokenHash digest(String algorithm, int length, String hex) {
        if (hex.length() != 2 * length || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            throw new IllegalArgumentException(algorithm + " must be " + 2 * length + " hexadecimal digits");
        }
        return digest(algorithm, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    /**
     * {@return the bcrypt hash of a secret} A secret of more than 72 bytes, which bcrypt would truncate, never matches.
     *
     * @param text the hash in modular crypt form: {@code $2a$}, {@code $2b$} or {@code $2y$}, a cost from 04 to 12,
     * {@code $}, and 53 characters of salt and digest
     * @throws IllegalArgumentException if the text does not have this form; the message states the reason
     */
    public static TokenHash bcrypt(String text) {
        BcryptHash.parse(text);
        return of(HashAlgorithm.BCRYPT.text(), text);
    }

    /**
     * {@return the Argon2id hash (RFC 9106) of a secret}
     *
     * @param text the hash in PHC form: {@code $argon2id$v=19$m=65536,t=3,p=4$}, the salt, {@code $} and the digest, both in
     *     base64 without padding. At most 65536 KiB (m), 10 passes (t) and 16 lanes (p); a salt of 8 to 64 bytes and a digest
     *     of 16 to 64 bytes
     * @throws IllegalArgumentException if the text does not have this form; the message states the reason
     */
    public static TokenHash argon2id(String text) {
        Argon2idHash.parse(text);
        return of(HashAlgorithm.ARGON2ID.text(), text);
    }

    /** {@return the hash with the remaining bytes of the buffer, which are copied} For algorithms without salt. */
    static TokenHash digest(String algorithm, ByteBuffer digest) {
        if (digest.remaining() == Digest256.BYTES) {
            return new Digest256(algorithm, digest);
        }
        byte[] content = new byte[digest.remaining()];
        digest.get(content);
        return new Content(algorithm, true, content);
    }

    /** {@return the name of the algorithm} */
    public String algorithm() {
        return algorithm;
    }

    /** {@return the hash in the algorithm's form, for a store to save} */
    public String expose() {
        return HexFormat.of().formatHex(content());
    }

    /**
     * {@return whether the hashes are equal} The time depends only on the lengths, which are not secret. The algorithms are
     * not compared.
     */
    abstract boolean matches(TokenHash other);

    /** {@return whether this is a digest of these 256 bits} As in {@link #matches(TokenHash)}. */
    boolean matches(long first, long second, long third, long fourth) {
        return false;
    }

    /** {@return the bytes of the hash, which must not be changed} */
    abstract byte[] content();

    abstract int length();

    /** {@return the selector of the row of a token of one part: half of the digest} Only for hashes without salt. */
    Selector key() {
        ByteBuffer digest = ByteBuffer.wrap(content());
        return Selector.of(digest.getLong(), digest.getLong());
    }

    /** {@return the same selector as a text} */
    String selector() {
        return key().toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenHash hash && algorithm.equals(hash.algorithm) && matches(hash);
    }

    @Override
    public int hashCode() {
        return algorithm.hashCode();
    }

    @Override
    public String toString() {
        return algorithm + ":[redacted]";
    }

    /** A digest of another length, or the text of a salted hash. */
    static final class Content extends TokenHash {
        private final boolean hexadecimal;
        private final byte[] content;

        private Content(String algorithm, boolean hexadecimal, byte[] content) {
            super(algorithm);
            this.hexadecimal = hexadecimal;
            this.content = content;
        }

        @Override
        public String expose() {
            return hexadecimal ? super.expose() : new String(content, StandardCharsets.UTF_8);
        }

        @Override
        boolean matches(TokenHash other) {
            return MessageDigest.isEqual(content, other.content());
        }

        @Override
        byte[] content() {
            return content;
        }

        @Override
        int length() {
            return content.length;
        }
    }
}
