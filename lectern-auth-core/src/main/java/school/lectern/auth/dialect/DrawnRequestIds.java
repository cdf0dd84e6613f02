package school.lectern.auth.dialect;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;

/** A prefix, and characters drawn from an alphabet. */
final class DrawnRequestIds extends RequestIds {

    private final String prefix;
    private final String alphabet;
    private final int length;

    DrawnRequestIds(String prefix, String alphabet, int length) {
        this.prefix = prefix;
        this.alphabet = alphabet;
        this.length = length;
    }

    @Override
    public Supplier<String> source(Clock clock, SecureRandom random) {
        return () -> {
            StringBuilder id = new StringBuilder(prefix);
            for (int i = 0; i < length; i++) {
                id.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            return id.toString();
        };
    }
}
