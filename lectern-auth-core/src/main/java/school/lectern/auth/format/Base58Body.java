package school.lectern.auth.format;

import java.math.BigInteger;
import java.security.SecureRandom;

/** A fixed number of bytes, encoded as a number in base 58. Each leading zero byte becomes a leading {@code 1}. */
final class Base58Body extends AlphabetBody {

    private static final Alphabet ALPHABET = new Alphabet("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
    private static final BigInteger RADIX = BigInteger.valueOf(ALPHABET.size());

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
        BigInteger number = BigInteger.ZERO;
        for (int i = start; i < end; i++) {
            int digit = ALPHABET.digit(text.charAt(i));
            zeros += digit == 0 && zeros == i - start ? 1 : 0;
            number = number.multiply(RADIX).add(BigInteger.valueOf(digit));
        }
        return zeros + (number.bitLength() + 7) / 8 == bytes;
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
