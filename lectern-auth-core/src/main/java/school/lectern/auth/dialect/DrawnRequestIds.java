package school.lectern.auth.dialect;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;

/** A prefix, and characters drawn from an alphabet. */
final class DrawnRequestIds extends RequestIds {

    /** With a short prefix, what an audit row has room for. */
    private static final int MAX_LENGTH = 48;

    private final String prefix;
    private final String alphabet;
    private final int length;

    DrawnRequestIds(String prefix, String alphabet, int length) {
        if (!(prefix + alphabet).matches("[!-~]+") || alphabet.isEmpty() || length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "requestIds: visible ASCII characters, of which from 1 to " + MAX_LENGTH + " are drawn");
        }
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
