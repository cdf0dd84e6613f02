package school.lectern.auth.format;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;

/**
 * Characters at a token's end that follow from those before it: a mistyped token is refused before a store is asked, and a
 * scanner can tell a token from a chance text. It authenticates nothing; whoever knows the format can compute it. Immutable.
 *
 * <pre>{@code
 * TokenChecksum.crc32(TokenBody.BASE62, 6)                       // GitHub, npm
 * TokenChecksum.crc32Hex(ByteOrder.LITTLE_ENDIAN)                // Grafana
 *     .over(TokenChecksum.Input.TOKEN)
 *     .after("_")
 * TokenChecksum.of(text -> luhn(text), TokenBody.DIGITS, 1)      // one's own
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

    /** What a checksum is computed over. */
    public enum Input {
        /** The body alone. */
        BODY,
        /** All of the token up to the body's end: a public key with its separator, prefix and body. */
        TOKEN,
        /** All of the token up to the checksum itself: also what stands between body and checksum. */
        TOKEN_AND_SEPARATOR
    }

    /**
     * The CRC-32 (ISO 3309, as in zlib) as a number in digits of an alphabet, the most significant first, filled up with the
     * alphabet's first character. Six digits of {@link TokenBody#BASE62} are the checksum of "Behind GitHub's new
     * authentication token formats" (The GitHub Blog, 2021) and of npm's tokens.
     *
     * @throws IllegalArgumentException if so many digits cannot hold 32 bits, or as {@link #of}
     */
    public static TokenChecksum crc32(String alphabet, int digits) {
        Alphabet of = new Alphabet(alphabet);
        if (Math.pow(of.size(), digits) < 1L << Integer.SIZE) {
            throw new IllegalArgumentException("digits: too few for the 32 bits of a CRC-32: " + digits);
        }
        return of(text -> encode(crc32(text), of, digits), alphabet, digits);
    }

    /**
     * The CRC-32's four bytes in eight small hexadecimal digits. Grafana's service account tokens
     * ({@code pkg/components/satokengen}) have it in little-endian order.
     */
    public static TokenChecksum crc32Hex(ByteOrder order) {
        Alphabet hex = new Alphabet(TokenBody.HEX);
        boolean reverse = order.equals(ByteOrder.LITTLE_ENDIAN);
        return of(text -> encode(reverse ? reversed(crc32(text)) : crc32(text), hex, 8), TokenBody.HEX, 8);
    }

    /**
     * One's own function.
     *
     * @param function gives exactly so many characters of the alphabet for any text of ASCII characters, the same for the
     *     same text, to many threads at once
     * @throws IllegalArgumentException if the length is not from 1 to 64, or the alphabet has fewer than two characters, one
     *     of them twice, or one that cannot stand in a header
     */
    public static TokenChecksum of(UnaryOperator<String> function, String alphabet, int length) {
        if (length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("length: from 1 to " + MAX_LENGTH + ", not " + length);
        }
        return new TokenChecksum(function, new Alphabet(alphabet), length, Input.BODY, "");
    }

    /** This checksum, computed over something else than the body. */
    public TokenChecksum over(Input what) {
        return new TokenChecksum(function, alphabet, digits, what, separator);
    }

    /**
     * This checksum, with a text between body and checksum.
     *
     * @throws IllegalArgumentException if the text has a character that cannot stand in a header
     */
    public TokenChecksum after(String text) {
        if (!text.chars().allMatch(Alphabet::mayStandInHeader)) {
            throw new IllegalArgumentException("separator: visible ASCII characters without a comma: " + text);
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

    /** Whether the body's checksum follows in a text whose token and body begin, and whose body ends, at these indices. */
    boolean isRight(String text, int token, int body, int bodyEnd) {
        return text.startsWith(separator, bodyEnd)
                && text.startsWith(compute(text, token, body, bodyEnd), bodyEnd + separator.length());
    }

    /** The text, which is a token up to its body's end, with its checksum. */
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
                    "a checksum's function gave something else than " + digits + " characters of its alphabet");
        }
        return computed;
    }

    /** The characters after the body, the separator included. */
    int length() {
        return separator.length() + digits;
    }

    String separator() {
        return separator;
    }

    Alphabet alphabet() {
        return alphabet;
    }

    /** A regular expression of its digits. */
    String pattern() {
        return alphabet.pattern() + '{' + digits + '}';
    }
}
