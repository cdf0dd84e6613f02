package school.lectern.auth.token;

import java.nio.ByteBuffer;
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
public abstract sealed class TokenHash {

    private final String algorithm;

    private TokenHash(String algorithm) {
        this.algorithm = algorithm;
    }

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
            return new Content(algorithm, false, text.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return digest(
                    HashAlgorithm.shared(algorithm),
                    ByteBuffer.wrap(HexFormat.of().parseHex(text)));
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
        return digest(algorithm, ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
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

    /** The digest that an algorithm without salt has made: what the buffer has left. It is copied. */
    static TokenHash digest(String algorithm, ByteBuffer digest) {
        if (digest.remaining() == Numbers.BYTES) {
            return new Numbers(algorithm, digest);
        }
        byte[] content = new byte[digest.remaining()];
        digest.get(content);
        return new Content(algorithm, true, content);
    }

    /** The name of the algorithm. */
    public String algorithm() {
        return algorithm;
    }

    /** The hash in the algorithm's form, for a store to keep. */
    public String expose() {
        return HexFormat.of().formatHex(content());
    }

    /** Compares in a time that depends on the lengths alone, which are no secret. Tells nothing of the algorithms. */
    abstract boolean matches(TokenHash other);

    /** Its bytes, which nobody changes. */
    abstract byte[] content();

    abstract int length();

    /** What the row of a token of one part is found by: half of the digest, if the hash is without salt. */
    Selector key() {
        ByteBuffer digest = ByteBuffer.wrap(content());
        return Selector.of(digest.getLong(), digest.getLong());
    }

    /** The same as a text. */
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

    /** A digest of 256 bits, which most tokens have: in place of an array, which is as large again, and one read more. */
    private static final class Numbers extends TokenHash {
        private static final int BYTES = 32;

        private final long first;
        private final long second;
        private final long third;
        private final long fourth;

        Numbers(String algorithm, ByteBuffer digest) {
            super(algorithm);
            this.first = digest.getLong();
            this.second = digest.getLong();
            this.third = digest.getLong();
            this.fourth = digest.getLong();
        }

        /** Looks at every bit, and branches once, when all are looked at. */
        @Override
        boolean matches(TokenHash other) {
            return other instanceof Numbers numbers
                    && ((first ^ numbers.first)
                                    | (second ^ numbers.second)
                                    | (third ^ numbers.third)
                                    | (fourth ^ numbers.fourth))
                            == 0;
        }

        @Override
        Selector key() {
            return Selector.of(first, second);
        }

        @Override
        byte[] content() {
            return ByteBuffer.allocate(BYTES)
                    .putLong(first)
                    .putLong(second)
                    .putLong(third)
                    .putLong(fourth)
                    .array();
        }

        @Override
        int length() {
            return BYTES;
        }
    }

    /** A longer digest, or the text of a salted hash. */
    private static final class Content extends TokenHash {
        private final boolean hexadecimal;
        private final byte[] content;

        Content(String algorithm, boolean hexadecimal, byte[] content) {
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
