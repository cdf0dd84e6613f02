package school.lectern.auth.format;

import java.math.BigInteger;
import java.security.SecureRandom;

/** A fixed number of bytes, encoded as a number in base 58. Each leading zero byte becomes a leading {@code 1}. */
final class Base58Body extends AlphabetBody {

    private static final Alphabet ALPHABET = new Alphabet("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
    private static final BigInteger RADIX = BigInteger.valueOf(ALPHABET.size());

    /** The product of an {@code int} and 58 to this power fits into a {@code long}. */
    private static final int DIGITS_AT_ONCE = 5;

    private final int bytes;

    Base58Body(int bytes) {
        super(ALPHABET, bytes, (int) Math.ceil(bytes * 8 / ALPHABET.bitsEach()));
        this.bytes = bytes;
    }

    @Override
    String draw(SecureRandom random) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return encode(drawn);
    }

    static String encode(byte[] bytes) {
        StringBuilder digits = new StringBuilder();
        BigInteger rest = new BigInteger(1, bytes);
        while (rest.signum() > 0) {
            BigInteger[] parts = rest.divideAndRemainder(RADIX);
            digits.append(ALPHABET.at(parts[1].intValue()));
            rest = parts[0];
        }
        for (int i = 0; i < bytes.length && bytes[i] == 0; i++) {
            digits.append(ALPHABET.at(0));
        }
        return digits.reverse().toString();
    }

    /**
     * Accepts only the canonical encoding of exactly {@code bytes} bytes: each leading {@code 1} is a zero byte, and the
     * number takes the remaining bytes. No two accepted texts encode the same bytes.
     */
    @Override
    boolean matches(String text, int start, int end) {
        if (!super.matches(text, start, end)) {
            return false;
        }
        int zeros = 0;
        while (start + zeros < end && ALPHABET.digit(text.charAt(start + zeros)) == 0) {
            zeros++;
        }
        return zeros + significantBytes(text, start + zeros, end) == bytes;
    }

    /** Returns the bytes that a number in base 58 takes; a larger number than any that is accepted if it takes too many. */
    private int significantBytes(String text, int start, int end) {
        // In place and not with BigInteger, which would create ten kilobytes of garbage for each request.
        int[] number = new int[(bytes + Integer.BYTES - 1) / Integer.BYTES];
        int i = start;
        while (i < end) {
            long factor = 1;
            long carry = 0;
            for (int last = Math.min(end, i + DIGITS_AT_ONCE); i < last; i++) {
                factor *= ALPHABET.size();
                carry = carry * ALPHABET.size() + ALPHABET.digit(text.charAt(i));
            }
            for (int k = 0; k < number.length; k++) {
                carry += Integer.toUnsignedLong(number[k]) * factor;
                number[k] = (int) carry;
                carry >>>= Integer.SIZE;
            }
            if (carry != 0) {
                return bytes + 1;
            }
        }
        int top = number.length - 1;
        while (top >= 0 && number[top] == 0) {
            top--;
        }
        int bits = top < 0 ? 0 : (top + 1) * Integer.SIZE - Integer.numberOfLeadingZeros(number[top]);
        return (bits + Byte.SIZE - 1) / Byte.SIZE;
    }

    @Override
    double hiddenBits(int visible) {
        return Math.max(0, bytes * 8 - visible * ALPHABET.bitsEach());
    }

    /**
     * Assigns as many bits as possible to the hidden characters: the first digit of the largest number is small, so the first
     * characters have less entropy than the later ones.
     */
    @Override
    double visibleBits(int visible) {
        return Math.max(0, bytes * 8 - (maxLength() - visible) * ALPHABET.bitsEach());
    }
}
