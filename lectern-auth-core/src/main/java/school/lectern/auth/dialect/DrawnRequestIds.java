package school.lectern.auth.dialect;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Supplier;

/** A prefix, and characters drawn from an alphabet. */
final class DrawnRequestIds extends RequestIds {

    /** With a short prefix, what an audit row has room for. */
    private static final int MAX_LENGTH = 48;

    /** A character is drawn with one byte. */
    private static final int MAX_ALPHABET = 256;

    private final String prefix;
    private final String alphabet;
    private final int length;

    DrawnRequestIds(String prefix, String alphabet, int length) {
        if (!(prefix + alphabet).matches("[!-~]+")
                || alphabet.isEmpty()
                || alphabet.length() > MAX_ALPHABET
                || length < 1
                || length > MAX_LENGTH) {
            throw new IllegalArgumentException("requestIds: at most " + MAX_ALPHABET
                    + " visible ASCII characters, of which from 1 to " + MAX_LENGTH + " are drawn");
        }
        this.prefix = prefix;
        this.alphabet = alphabet;
        this.length = length;
    }

    @Override
    public Supplier<String> source(Clock clock, SecureRandom random) {
        return () -> {
            StringBuilder id = new StringBuilder(prefix);
            // All at once, with some to spare: each draw takes a lock that all threads share.
            byte[] drawn = new byte[length + length / 3 + 1];
            while (id.length() < prefix.length() + length) {
                random.nextBytes(drawn);
                append(id, drawn);
            }
            id.setLength(prefix.length() + length);
            return id.toString();
        };
    }

    /** Bytes past the last whole alphabet are passed over: they would make its first characters come more often. */
    private void append(StringBuilder id, byte[] drawn) {
        int bound = MAX_ALPHABET - MAX_ALPHABET % alphabet.length();
        for (byte one : drawn) {
            int value = Byte.toUnsignedInt(one);
            if (value < bound) {
                id.append(alphabet.charAt(value % alphabet.length()));
            }
        }
    }
}
