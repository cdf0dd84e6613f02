package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;

/**
 * The random part of a token: random characters of an alphabet, random bytes in an encoding, or a sequence of such pieces and
 * of fixed texts. Immutable.
 *
 * <p>A plain SHA-256 hash of a secret is safe to store only if the body has too much entropy to be guessed. 32 characters of
 * {@link #BASE62} have 190 bits, and 32 bytes have 256 bits.
 */
public abstract sealed class TokenBody permits AlphabetBody, LiteralBody, SequenceBody {

    /** The decimal digits, for public keys that are numbers. */
    public static final String DIGITS = "0123456789";

    /** The hexadecimal digits in lower case. */
    public static final String HEX = DIGITS + "abcdef";

    /** The digits and the lower-case letters. */
    public static final String BASE36 = DIGITS + "abcdefghijklmnopqrstuvwxyz";

    /** The digits, the upper-case letters and the lower-case letters. */
    public static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** The characters of base64url (RFC 4648, section 5), for bodies that use them without encoding bytes. */
    public static final String BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static final int MAX_LENGTH = 512;

    private final int minLength;
    private final int maxLength;

    TokenBody(int minLength, int maxLength) {
        this.minLength = minLength;
        this.maxLength = maxLength;
    }

    /**
     * {@return a body of random characters, each drawn uniformly from an alphabet}
     *
     * @param alphabet at least two different characters of visible ASCII, without a comma
     * @param length the number of characters, from 1 to 512
     * @throws IllegalArgumentException if the length is out of its range, or if the alphabet has fewer than two characters, a
     *     character twice, or a character that is not visible ASCII or is a comma
     */
    public static TokenBody of(String alphabet, int length) {
        return of(alphabet, length, length);
    }

    /**
     * {@return a body of random characters whose length may vary} New bodies have the maximum length, and each character is
     * drawn uniformly. The entropy of a body is that of the minimum length.
     *
     * @param alphabet at least two different characters of visible ASCII, without a comma
     * @param minLength the minimum number of characters, from 1 to 512
     * @param maxLength the maximum number of characters, from {@code minLength} to 512
     * @throws IllegalArgumentException if a length is out of its range, or if the alphabet has fewer than two characters, a
     *     character twice, or a character that is not visible ASCII or is a comma
     */
    public static TokenBody of(String alphabet, int minLength, int maxLength) {
        requireLength(minLength);
        requireLength(maxLength);
        if (minLength > maxLength) {
            throw new IllegalArgumentException(
                    "minLength must be at most maxLength, " + maxLength + ", was " + minLength);
        }
        return new CharacterBody(new Alphabet(alphabet), minLength, maxLength);
    }

    /**
     * {@return a body of random bytes in base58 with Bitcoin's alphabet, which has no {@code 0}, {@code O}, {@code I} and
     * {@code l}} A text matches only if it is the canonical encoding of exactly this number of bytes.
     *
     * @param bytes the number of bytes, from 1 to 512
     * @throws IllegalArgumentException if the number is out of its range
     */
    public static TokenBody base58(int bytes) {
        requireLength(bytes);
        return new Base58Body(bytes);
    }

    /**
     * {@return a body of random bytes in base64url without padding (RFC 4648, section 5)} A text matches only if it is the
     * canonical encoding, in which unused bits are zero.
     *
     * @param bytes the number of bytes, from 1 to 512
     * @throws IllegalArgumentException if the number is out of its range
     */
    public static TokenBody base64Url(int bytes) {
        requireLength(bytes);
        return new Base64UrlBody(bytes);
    }

    /**
     * {@return a fixed text as a piece of a {@linkplain #sequence sequence}} It is the same in every token, so it has no
     * entropy.
     *
     * @param text from 1 to 512 characters of visible ASCII, without a comma
     * @throws IllegalArgumentException if the text is empty or too long, or contains a character that is not allowed
     */
    public static TokenBody literal(String text) {
        requireLength(text.length());
        if (!text.chars().allMatch(Alphabet::mayStandInHeader)) {
            throw new IllegalArgumentException(
                    "literal must consist of visible ASCII characters without a comma, was '" + text + "'");
        }
        return new LiteralBody(text);
    }

    /**
     * {@return a body of several pieces, one after another} A sequence among the pieces is replaced by its own pieces. The
     * whole text is the body: every piece is hashed, and every piece except a literal is drawn at random and counts as
     * entropy. So a number of an account inside a token must be random, too.
     *
     * <pre>{@code
     * TokenBody.sequence(                                   // xoxb-…: two numbers of 10 to 13 digits, and the secret
     *     TokenBody.of(TokenBody.DIGITS, 10, 13), TokenBody.literal("-"),
     *     TokenBody.of(TokenBody.DIGITS, 10, 13), TokenBody.literal("-"),
     *     TokenBody.of(TokenBody.BASE62, 24));
     * }</pre>
     *
     * <p>A text must match a sequence in one way only. So each piece of variable length must be the last piece of variable
     * length, or a literal must follow it immediately that starts with a character that the piece cannot contain.
     *
     * @param pieces at least one body; the longest text has at most 512 characters
     * @throws IllegalArgumentException if a piece could end at two places (the message names the piece), if there is no
     *     piece, or if the longest text has more than 512 characters
     */
    public static TokenBody sequence(TokenBody... pieces) {
        List<TokenBody> all = Stream.of(pieces).flatMap(TokenBody::pieces).toList();
        SequenceBody sequence = new SequenceBody(all);
        requireLength(sequence.maxLength());
        return sequence;
    }

    private static void requireLength(int length) {
        if (length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("length must be from 1 to " + MAX_LENGTH + ", was " + length);
        }
    }

    /** {@return a new random body} */
    abstract String draw(SecureRandom random);

    /** {@return the pieces of a sequence, or this body if it is not a sequence} */
    Stream<TokenBody> pieces() {
        return Stream.of(this);
    }

    /** {@return whether the text between two indices matches this body; false if {@code end} is before {@code start}} */
    abstract boolean matches(String text, int start, int end);

    /** {@return whether a text that matches this body can start with the text between two indices, or can be equal to it} */
    abstract boolean canStart(String text, int start, int end);

    /** {@return whether this body may contain the character at any place} */
    abstract boolean has(int c);

    /**
     * {@return whether the character may be at the end of this body: in its last random piece or in a literal after that
     * piece}
     */
    abstract boolean mayEndWith(int c);

    /**
     * {@return the entropy of a body of minimum length for a reader who knows its first {@code visible} characters, in bits;
     * at least 0}
     */
    abstract double hiddenBits(int visible);

    /** {@return the minimum entropy of the first {@code visible} characters of this body, in bits} */
    abstract double visibleBits(int visible);

    /** {@return a regular expression of this body without its first {@code from} characters} */
    abstract String pattern(int from);

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
