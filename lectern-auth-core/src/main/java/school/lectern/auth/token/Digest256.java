package school.lectern.auth.token;

import java.nio.ByteBuffer;

/**
 * A digest of 256 bits, which most tokens have. Four numbers take half the memory of an array and save one memory access; a row
 * contains the numbers themselves.
 */
final class Digest256 extends TokenHash {

    static final int BYTES = 32;

    final long first;
    final long second;
    final long third;
    final long fourth;

    Digest256(String algorithm, ByteBuffer digest) {
        this(algorithm, digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    }

    Digest256(String algorithm, long first, long second, long third, long fourth) {
        super(algorithm);
        this.first = first;
        this.second = second;
        this.third = third;
        this.fourth = fourth;
    }

    @Override
    boolean matches(TokenHash other) {
        return other.matches(first, second, third, fourth);
    }

    /** {@return whether all bits are equal} Compares every bit, and branches only once, after the last comparison. */
    @Override
    boolean matches(long otherFirst, long otherSecond, long otherThird, long otherFourth) {
        return ((first ^ otherFirst) | (second ^ otherSecond) | (third ^ otherThird) | (fourth ^ otherFourth)) == 0;
    }

    @Override
    Selector key() {
        return Selector.of(first, second);
    }

    @Override
    byte[] content() {
        return ByteBuffer.allocate(BYTES)
                .putLong(first)
                .putLong(second)
                .putLong(third)
                .putLong(fourth)
                .array();
    }

    @Override
    int length() {
        return BYTES;
    }
}
