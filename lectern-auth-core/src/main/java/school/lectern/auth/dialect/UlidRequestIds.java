package school.lectern.auth.dialect;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;

/** Request ids in the form of ULIDs: 128 bits, of which the first 48 are milliseconds since the epoch. */
final class UlidRequestIds extends RequestIds {

    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int LENGTH = 26;
    private static final int RANDOM_BITS = 80;

    @Override
    public Supplier<String> source(Clock clock, SecureRandom random) {
        return new Source(clock, random);
    }

    @Override
    public String example() {
        return encode(BigInteger.ZERO);
    }

    /** Stores the last id: if a new id would have the same or an earlier time, it is the last id plus one. */
    private static final class Source implements Supplier<String> {
        private final Clock clock;
        private final SecureRandom random;
        private BigInteger last = BigInteger.ZERO;

        Source(Clock clock, SecureRandom random) {
            this.clock = clock;
            this.random = random;
        }

        @Override
        public synchronized String get() {
            BigInteger time = BigInteger.valueOf(clock.millis()).shiftLeft(RANDOM_BITS);
            BigInteger drawn = time.or(new BigInteger(RANDOM_BITS, random));
            boolean sameOrEarlier = time.compareTo(last.shiftRight(RANDOM_BITS).shiftLeft(RANDOM_BITS)) <= 0;
            last = sameOrEarlier ? last.add(BigInteger.ONE) : drawn;
            return encode(last);
        }
    }

    private static String encode(BigInteger value) {
        char[] id = new char[LENGTH];
        BigInteger rest = value;
        for (int i = LENGTH - 1; i >= 0; i--) {
            id[i] = ALPHABET.charAt(rest.intValue() & 31);
            rest = rest.shiftRight(5);
        }
        return new String(id);
    }
}
