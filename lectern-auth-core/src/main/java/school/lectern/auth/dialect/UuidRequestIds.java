package school.lectern.auth.dialect;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;
import school.lectern.auth.format.TokenBody;

/** Request ids in the form of random UUIDs, of version 4. */
final class UuidRequestIds extends RequestIds {

    private static final RandomRequestIds DIGITS = new RandomRequestIds("", TokenBody.HEX, 32);

    @Override
    public Supplier<String> source(Clock clock, SecureRandom random) {
        Supplier<String> digits = DIGITS.source(clock, random);
        return () -> uuid(digits.get());
    }

    @Override
    public String example() {
        return uuid(DIGITS.example());
    }

    /** Returns 32 random digits as a UUID, whose version and variant replace six of the bits. */
    private static String uuid(String digits) {
        char variant = "89ab".charAt(Character.digit(digits.charAt(16), 16) % 4);
        return digits.substring(0, 8) + '-' + digits.substring(8, 12) + "-4" + digits.substring(13, 16) + '-' + variant
                + digits.substring(17, 20) + '-' + digits.substring(20);
    }
}
