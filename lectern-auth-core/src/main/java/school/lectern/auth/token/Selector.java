package school.lectern.auth.token;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A selector: two numbers if it is half of a digest, and its text if it is anything else. To write the text for each look-up,
 * and to compare it, takes longer than to look up; and to keep it, twice the memory. Immutable.
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

    /** The key of a selector. Two selectors have the same one only if they are equal. */
    public static Selector of(String selector) {
        return isHalfDigest(selector)
                ? of(
                        HexFormat.fromHexDigitsToLong(selector, 0, Long.BYTES * 2),
                        HexFormat.fromHexDigitsToLong(selector, Long.BYTES * 2, Long.BYTES * 4))
                : new Selector(0, 0, selector);
    }

    /** The key of a selector that is half of a digest. */
    static Selector of(long high, long low) {
        return new Selector(high, low, null);
    }

    /** Capitals are other characters, and so another selector. A loop, since every row that is read comes by here. */
    private static boolean isHalfDigest(String selector) {
        boolean isHalf = selector.length() == Long.BYTES * 4;
        for (int i = 0; isHalf && i < selector.length(); i++) {
            char c = selector.charAt(i);
            isHalf = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        }
        return isHalf;
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

    /** The text, or the digits. Neither is a secret. */
    @Override
    public String toString() {
        return text == null ? HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low) : text;
    }
}
