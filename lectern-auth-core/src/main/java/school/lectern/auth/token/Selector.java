package school.lectern.auth.token;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A selector: two numbers if it is half of a digest, otherwise its text. Formatting and comparing the text for each look-up
 * would take longer than the look-up itself, and retaining the text would take twice the memory. Immutable.
 */
public final class Selector {

    private final long high;
    private final long low;
    private final @Nullable String text;

    private Selector(long high, long low, @Nullable String text) {
        this.high = high;
        this.low = low;
        this.text = text;
    }

    /**
     * {@return the selector with the given text} Two selectors are equal only if their texts are equal.
     *
     * @param selector the text: a public key, half of a digest as 32 lower-case hexadecimal digits, or a display prefix with
     *     a slot
     */
    public static Selector of(String selector) {
        return isHalfDigest(selector)
                ? of(
                        HexFormat.fromHexDigitsToLong(selector, 0, Long.BYTES * 2),
                        HexFormat.fromHexDigitsToLong(selector, Long.BYTES * 2, Long.BYTES * 4))
                : new Selector(0, 0, selector);
    }

    /** {@return the selector for half of a digest} */
    static Selector of(long high, long low) {
        return new Selector(high, low, null);
    }

    /**
     * {@return whether the text is half of a digest} Upper-case digits are other characters, and so another selector. A loop,
     * because this runs for every row that is read.
     */
    private static boolean isHalfDigest(String selector) {
        boolean isHalf = selector.length() == Long.BYTES * 4;
        for (int i = 0; isHalf && i < selector.length(); i++) {
            char c = selector.charAt(i);
            isHalf = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        }
        return isHalf;
    }

    /** {@return whether this is the selector with these numbers} */
    boolean isHalfDigest(long otherHigh, long otherLow) {
        return text == null && high == otherHigh && low == otherLow;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Selector key
                && high == key.high
                && low == key.low
                && (text == null ? key.text == null : text.equals(key.text));
    }

    @Override
    public int hashCode() {
        return text == null ? Long.hashCode(high) : text.hashCode();
    }

    /** {@return the text, or the hexadecimal digits} Neither is secret. */
    @Override
    public String toString() {
        return text == null ? HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low) : text;
    }
}
