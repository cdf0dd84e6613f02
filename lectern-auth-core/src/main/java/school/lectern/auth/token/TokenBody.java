package school.lectern.auth.token;

import java.security.SecureRandom;

/**
 * The random part of a token, as data: so many characters of an alphabet, or so many bytes in an encoding. Immutable.
 *
 * <p>Entropy is what makes a plain SHA-256 of it impossible to turn back by guessing: 32 characters of 62 hold 190 bits,
 * 32 bytes 256.
 */
public abstract sealed class TokenBody permits CharacterBody, Base58Body, Base64UrlBody {

    /** The decimal digits: public keys that are numbers. */
    public static final String DIGITS = "0123456789";

    /** The hexadecimal digits, small. */
    public static final String HEX = DIGITS + "abcdef";

    /** Digits and small letters. */
    public static final String BASE36 = DIGITS + "abcdefghijklmnopqrstuvwxyz";

    /** Digits, capitals and small letters. */
    public static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** The characters of base64url (RFC 4648, section 5), for bodies that use them without encoding bytes. */
    public static final String BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static final int MAX_LENGTH = 512;

    private final TokenBodyAlphabet alphabet;
    private final int minLength;
    private final int maxLength;

    TokenBody(TokenBodyAlphabet alphabet, int minLength, int maxLength) {
        this.alphabet = alphabet;
        this.minLength = minLength;
        this.maxLength = maxLength;
    }

    /**
     * So many characters, each drawn uniformly from the alphabet.
     *
     * @throws IllegalArgumentException if the length is not from 1 to 512, or the alphabet has fewer than two characters,
     *     one of them twice, or one that cannot stand in a header
     */
    public static TokenBody of(String alphabet, int length) {
        return of(alphabet, length, length);
    }

    /**
     * From so many to so many characters of the alphabet. The longest are drawn, and each character uniformly; the shortest
     * count for what can be guessed.
     *
     * @throws IllegalArgumentException if the lengths are not from 1 to 512 and in this order, or the alphabet has fewer than
     *     two characters, one of them twice, or one that cannot stand in a header
     */
    public static TokenBody of(String alphabet, int minLength, int maxLength) {
        requireLength(minLength);
        requireLength(maxLength);
        if (minLength > maxLength) {
            throw new IllegalArgumentException("length: the least is more than the most, " + maxLength);
        }
        return new CharacterBody(new TokenBodyAlphabet(alphabet), minLength, maxLength);
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

    /** Whether the text between the two indices is such a body; an end before the start is none. */
    boolean matches(String text, int start, int end) {
        int length = end - start;
        return length >= minLength && length <= maxLength && alphabet.hasAll(text, start, end);
    }

    /** The bits that remain unknown to somebody who sees the first so many characters of a shortest body. */
    abstract double hiddenBits(int visible);

    /** A regular expression of such bodies, without their first so many characters. */
    String pattern(int from) {
        int least = Math.max(0, minLength - from);
        int most = maxLength - from;
        return alphabet.pattern() + '{' + (least == most ? "" : least + ",") + most + '}';
    }

    TokenBodyAlphabet alphabet() {
        return alphabet;
    }

    int minLength() {
        return minLength;
    }

    int maxLength() {
        return maxLength;
    }

    boolean hasOneLength() {
        return minLength == maxLength;
    }
}
