package school.lectern.auth.token;

import java.security.SecureRandom;

/**
 * The random part of a token, as data: so many characters of an alphabet, or so many bytes in an encoding. Immutable.
 *
 * <p>Entropy is what makes a plain SHA-256 of it impossible to turn back by guessing: 32 characters of 62 hold 190 bits,
 * 32 bytes 256.
 */
public abstract sealed class TokenBody permits CharacterBody, Base58Body, Base64UrlBody {

    /** Digits, capitals and small letters. */
    public static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static final int MAX_LENGTH = 512;

    TokenBody() {}

    /**
     * So many characters, each drawn uniformly from the alphabet.
     *
     * @throws IllegalArgumentException if the length is not from 1 to 512, or the alphabet has fewer than two characters,
     *     one of them twice, or one that cannot stand in a header
     */
    public static TokenBody of(String alphabet, int length) {
        requireLength(length);
        return new CharacterBody(alphabet, length);
    }

    /**
     * So many random bytes in base58 with Bitcoin's alphabet (without {@code 0}, {@code O}, {@code I} and {@code l}). Only
     * the one canonical spelling of exactly so many bytes is one.
     *
     * @throws IllegalArgumentException if the number is not from 1 to 512
     */
    public static TokenBody base58(int bytes) {
        requireLength(bytes);
        return new Base58Body(bytes);
    }

    /**
     * So many random bytes in base64url without padding (RFC 4648, section 5). Only the one canonical spelling is one: bits
     * that encode nothing are zero.
     *
     * @throws IllegalArgumentException if the number is not from 1 to 512
     */
    public static TokenBody base64Url(int bytes) {
        requireLength(bytes);
        return new Base64UrlBody(bytes);
    }

    private static void requireLength(int length) {
        if (length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("length: from 1 to " + MAX_LENGTH + ", not " + length);
        }
    }

    abstract String draw(SecureRandom random);

    /** Whether the text is such a body. */
    abstract boolean matches(String text);

    /** Whether such a body may hold the character. */
    abstract boolean has(char c);

    /** The bits that remain unknown to somebody who sees the first so many characters. */
    abstract double hiddenBits(int visible);
}
