package school.lectern.auth.token;

import java.math.BigInteger;
import java.security.SecureRandom;

/** So many bytes as a number in base 58; each leading zero byte is a leading {@code 1}. */
final class Base58Body extends TokenBody {

    private static final String ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private static final BigInteger RADIX = BigInteger.valueOf(58);
    private static final double BITS = Math.log(58) / Math.log(2);

    private final int bytes;
    private final int maxLength;

    Base58Body(int bytes) {
        this.bytes = bytes;
        this.maxLength = (int) Math.ceil(bytes * 8 / BITS);
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
            digits.append(ALPHABET.charAt(parts[1].intValue()));
            rest = parts[0];
        }
        for (int i = 0; i < bytes.length && bytes[i] == 0; i++) {
            digits.append(ALPHABET.charAt(0));
        }
        return digits.reverse().toString();
    }

    /** As many leading ones as zero bytes, and a number of the remaining bytes: then no other text spells the same bytes. */
    @Override
    boolean matches(String text) {
        if (text.length() < bytes || text.length() > maxLength) {
            return false;
        }
        int zeros = 0;
        BigInteger number = BigInteger.ZERO;
        for (int i = 0; i < text.length(); i++) {
            int digit = ALPHABET.indexOf(text.charAt(i));
            if (digit < 0) {
                return false;
            }
            zeros += digit == 0 && zeros == i ? 1 : 0;
            number = number.multiply(RADIX).add(BigInteger.valueOf(digit));
        }
        return zeros + (number.bitLength() + 7) / 8 == bytes;
    }

    @Override
    boolean has(char c) {
        return ALPHABET.indexOf(c) >= 0;
    }

    @Override
    double hiddenBits(int visible) {
        return bytes * 8 - visible * BITS;
    }
}
