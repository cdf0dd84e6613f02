package school.lectern.auth.format;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The characters that a body or a checksum may contain: visible ASCII without a comma, each character at most once.
 * Immutable.
 */
final class Alphabet {

    private final String characters;
    private final byte[] digits = new byte[128];

    Alphabet(String characters) {
        if (characters.length() < 2) {
            throw new IllegalArgumentException("alphabet must have at least two characters, was '" + characters + "'");
        }
        this.characters = characters;
        Arrays.fill(digits, (byte) -1);
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            if (!mayStandInHeader(c) || has(c)) {
                throw new IllegalArgumentException(
                        "alphabet must consist of visible ASCII characters without a comma, each at"
                                + " most once, was '" + characters + "'");
            }
            digits[c] = (byte) i;
        }
    }

    /** {@return whether a token may contain the character} A comma separates values of a header, so no token contains one. */
    static boolean mayStandInHeader(int c) {
        return c > ' ' && c < 127 && c != ',';
    }

    int size() {
        return characters.length();
    }

    char at(int digit) {
        return characters.charAt(digit);
    }

    /** {@return the index of the character in this alphabet, or -1 if the alphabet does not contain it} */
    int digit(int c) {
        return c < digits.length ? digits[c] : -1;
    }

    boolean has(int c) {
        return digit(c) >= 0;
    }

    boolean hasAll(String text, int start, int end) {
        int all = 0;
        for (int i = start; i < end; i++) {
            all |= digit(text.charAt(i));
        }
        return all >= 0;
    }

    double bitsEach() {
        return Math.log(size()) / Math.log(2);
    }

    /** {@return a regular expression that matches one character of this alphabet} */
    String pattern() {
        return '[' + ranges(this::has) + ']';
    }

    /**
     * {@return the characters of a set, in the syntax between the brackets of a regular expression's character class} All
     * punctuation is escaped, because regular expression engines differ in which punctuation they require to be escaped.
     */
    static String ranges(IntPredicate has) {
        StringBuilder ranges = new StringBuilder();
        for (char first = '!'; first < 127; first++) {
            if (!has.test(first)) {
                continue;
            }
            char last = first;
            while (isAlphanumeric(last) && isAlphanumeric((char) (last + 1)) && has.test(last + 1)) {
                last++;
            }
            ranges.append(isWord(first) ? "" : "\\").append(first);
            if (last > first) {
                ranges.append(last > first + 1 ? "-" : "").append(last);
            }
            first = last;
        }
        return ranges.toString();
    }

    /** {@return whether {@code \b} in a regular expression treats the character as part of a word} */
    static boolean isWord(int c) {
        return c == '_' || isAlphanumeric(c);
    }

    private static boolean isAlphanumeric(int c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
}
