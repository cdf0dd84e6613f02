package school.lectern.auth.format;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;

/**
 * A checksum at the end of a token. With a checksum, a mistyped token is rejected without a query of the store, and a scanner
 * can distinguish tokens from similar texts. A checksum authenticates nothing, because anyone who knows the format can
 * compute it. Immutable.
 *
 * <pre>{@code
 * TokenChecksum.crc32(TokenBody.BASE62, 6)                       // GitHub, npm
 * TokenChecksum.crc32Hex(ByteOrder.LITTLE_ENDIAN)                // Grafana
 *     .over(TokenChecksum.Input.TOKEN)
 *     .after("_")
 * TokenChecksum.of(text -> luhn(text), TokenBody.DIGITS, 1)      // custom
 * }</pre>
 */
public final class TokenChecksum {

    private static final int MAX_LENGTH = 64;

    private final UnaryOperator<String> function;
    private final Alphabet alphabet;
    private final int digits;
    private final Input input;
    private final String separator;

    private TokenChecksum(
            UnaryOperator<String> function, Alphabet alphabet, int digits, Input input, String separator) {
        this.function = function;
        this.alphabet = alphabet;
        this.digits = digits;
        this.input = input;
        this.separator = separator;
    }

    /** The text that a checksum is computed from. */
    public enum Input {
        /** The body only. */
        BODY,
        /** The whole token up to the end of the body: a public key with its separator, the prefix and the body. */
        TOKEN,
        /** The whole token up to the checksum, including the text between the body and the checksum. */
        TOKEN_AND_SEPARATOR
    }

    /**
     * {@return a CRC-32 (ISO 3309, as in zlib) as a number in digits of an alphabet, most significant digit first} Leading
     * digits are filled up with the alphabet's first character. Six digits of {@link TokenBody#BASE62} are the checksum of
     * npm's tokens and of GitHub's, which "Behind GitHub's new authentication token formats" (The GitHub Blog, 2021)
     * describes.
     *
     * @param alphabet the digits, in ascending order: at least two different characters of visible ASCII, without a comma
     * @param digits the number of digits, at most 64 and enough for 32 bits
     * @throws IllegalArgumentException if the digits cannot represent 32 bits, or for the same reasons as in {@link #of}
     */
    public static TokenChecksum crc32(String alphabet, int digits) {
        Alphabet of = new Alphabet(alphabet);
        if (Math.pow(of.size(), digits) < 1L << Integer.SIZE) {
            throw new IllegalArgumentException("digits must be enough for the 32 bits of a CRC-32, was " + digits
                    + " with an alphabet of " + of.size() + " characters");
        }
        return of(text -> encode(crc32(text), of, digits), alphabet, digits);
    }

    /**
     * {@return a CRC-32 as four bytes in eight lower-case hexadecimal digits} Grafana's service account tokens
     * ({@code pkg/components/satokengen}) use little-endian order.
     *
     * @param order the order of the four bytes
     */
    public static TokenChecksum crc32Hex(ByteOrder order) {
        Alphabet hex = new Alphabet(TokenBody.HEX);
        boolean reverse = order.equals(ByteOrder.LITTLE_ENDIAN);
        return of(text -> encode(reverse ? reversed(crc32(text)) : crc32(text), hex, 8), TokenBody.HEX, 8);
    }

    /**
     * {@return a checksum with a custom function}
     *
     * @param function computes the checksum: for any text of ASCII characters it must return exactly {@code length}
     *     characters of the alphabet, always the same characters for the same text. Many threads may call it concurrently
     * @param alphabet at least two different characters of visible ASCII, without a comma
     * @param length the number of characters, from 1 to 64
     * @throws IllegalArgumentException if the length is out of its range, or if the alphabet has fewer than two characters, a
     *     character twice, or a character that is not visible ASCII or is a comma
     */
    public static TokenChecksum of(UnaryOperator<String> function, String alphabet, int length) {
        if (length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("length must be from 1 to " + MAX_LENGTH + ", was " + length);
        }
        return new TokenChecksum(function, new Alphabet(alphabet), length, Input.BODY, "");
    }

    /**
     * {@return this checksum, computed from another text} Default: {@link Input#BODY}.
     *
     * @param what the text to compute the checksum from
     */
    public TokenChecksum over(Input what) {
        return new TokenChecksum(function, alphabet, digits, what, separator);
    }

    /**
     * {@return this checksum, with a separator between the body and the checksum} Default: no separator.
     *
     * @param text the separator, of visible ASCII characters without a comma
     * @throws IllegalArgumentException if the separator contains a character that is not allowed
     */
    public TokenChecksum after(String text) {
        if (!text.chars().allMatch(Alphabet::mayStandInHeader)) {
            throw new IllegalArgumentException(
                    "separator must consist of visible ASCII characters without a comma, was '" + text + "'");
        }
        return new TokenChecksum(function, alphabet, digits, input, text);
    }

    private static long crc32(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        return crc.getValue();
    }

    private static long reversed(long crc) {
        return Integer.toUnsignedLong(Integer.reverseBytes((int) crc));
    }

    private static String encode(long number, Alphabet alphabet, int digits) {
        char[] encoded = new char[digits];
        long rest = number;
        for (int i = digits - 1; i >= 0; i--) {
            encoded[i] = alphabet.at((int) (rest % alphabet.size()));
            rest /= alphabet.size();
        }
        return new String(encoded);
    }

    /**
     * {@return whether the right checksum follows the body}
     *
     * @param text a text that contains the token
     * @param token the index at which the token starts
     * @param body the index at which the body starts
     * @param bodyEnd the index at which the body ends
     */
    boolean isRight(String text, int token, int body, int bodyEnd) {
        return text.startsWith(separator, bodyEnd)
                && text.startsWith(compute(text, token, body, bodyEnd), bodyEnd + separator.length());
    }

    /**
     * {@return a token with its checksum}
     *
     * @param text the token up to the end of its body
     * @param body the index at which the body starts
     */
    String complete(String text, int body) {
        String separated = text + separator;
        return separated + compute(separated, 0, body, text.length());
    }

    private String compute(String text, int token, int body, int bodyEnd) {
        String over = switch (input) {
            case BODY -> text.substring(body, bodyEnd);
            case TOKEN -> text.substring(token, bodyEnd);
            case TOKEN_AND_SEPARATOR -> text.substring(token, bodyEnd + separator.length());
        };
        String computed = function.apply(over);
        if (computed.length() != digits || !alphabet.hasAll(computed, 0, digits)) {
            throw new IllegalStateException(
                    "the function of a checksum must return " + digits + " characters of its alphabet, but did not");
        }
        return computed;
    }

    /** {@return the number of characters after the body, including the separator} */
    int length() {
        return separator.length() + digits;
    }

    String separator() {
        return separator;
    }

    Alphabet alphabet() {
        return alphabet;
    }

    /** {@return a regular expression of the checksum without its separator} */
    String pattern() {
        return alphabet.pattern() + '{' + digits + '}';
    }
}
