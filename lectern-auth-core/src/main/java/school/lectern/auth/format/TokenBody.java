package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;

/**
 * The random part of a token, as data: so many characters of an alphabet, so many bytes in an encoding, or a sequence
 * of such pieces and of literals. Immutable.
 *
 * <p>Entropy is what makes a plain SHA-256 of it impossible to turn back by guessing: 32 characters of 62 hold 190 bits,
 * 32 bytes 256.
 */
public abstract sealed class TokenBody permits AlphabetBody, LiteralBody, SequenceBody {

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

    private final int minLength;
    private final int maxLength;

    TokenBody(int minLength, int maxLength) {
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
        return new CharacterBody(new Alphabet(alphabet), minLength, maxLength);
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

    /**
     * A text inside of a {@linkplain #sequence sequence}, the same in every token. It holds no bits.
     *
     * @throws IllegalArgumentException if it is not from 1 to 512 characters long, or one of them cannot stand in a header
     */
    public static TokenBody literal(String text) {
        requireLength(text.length());
        if (!text.chars().allMatch(Alphabet::mayStandInHeader)) {
            throw new IllegalArgumentException("literal: visible ASCII characters without a comma: " + text);
        }
        return new LiteralBody(text);
    }

    /**
     * Bodies one after the other; a sequence among them stands for its pieces. All of it is the body: every piece is hashed,
     * and every piece but a literal counts as random, so that an account's number inside of a token has to be drawn too.
     *
     * <pre>{@code
     * TokenBody.sequence(                                   // xoxb-…: numbers of 10 to 13 digits, and what is secret
     *     TokenBody.of(TokenBody.DIGITS, 10, 13), TokenBody.literal("-"),
     *     TokenBody.of(TokenBody.DIGITS, 10, 13), TokenBody.literal("-"),
     *     TokenBody.of(TokenBody.BASE62, 24));
     * }</pre>
     *
     * <p>A text can be read as such a body in one way only: a piece whose length varies is the last such piece, or has a
     * literal right behind it that starts with a character that the piece cannot hold.
     *
     * @throws IllegalArgumentException if a piece could end at two places, which the message names; if there is no piece, or
     *     the longest body has more than 512 characters
     */
    public static TokenBody sequence(TokenBody... pieces) {
        List<TokenBody> all = Stream.of(pieces).flatMap(TokenBody::pieces).toList();
        SequenceBody sequence = new SequenceBody(all);
        requireLength(sequence.maxLength());
        return sequence;
    }

    private static void requireLength(int length) {
        if (length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("length: from 1 to " + MAX_LENGTH + ", not " + length);
        }
    }

    abstract String draw(SecureRandom random);

    /** What a sequence is made of; of any other body, itself. */
    Stream<TokenBody> pieces() {
        return Stream.of(this);
    }

    /** Whether the text between the two indices is such a body; an end before the start is none. */
    abstract boolean matches(String text, int start, int end);

    /** Whether such a body can begin with the text between the two indices, or be it. */
    abstract boolean canStart(String text, int start, int end);

    /** Whether such a body can hold the character at any place. */
    abstract boolean has(int c);

    /** Whether the character could belong to the end of such a body: to its last random characters or a literal behind them. */
    abstract boolean mayEndWith(int c);

    /** The bits that remain unknown to somebody who sees the first so many characters of a shortest body; never negative. */
    abstract double hiddenBits(int visible);

    /** The fewest random bits that the first so many characters of such a body hold. */
    abstract double visibleBits(int visible);

    /** A regular expression of such bodies, without their first so many characters. */
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
