package school.lectern.auth.dialect;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import java.util.function.Supplier;

/** Request ids of a prefix and random characters of an alphabet. */
final class RandomRequestIds extends RequestIds {

    /** The maximum number of random characters: with a short prefix, the id fits the column of an audit row. */
    private static final int MAX_LENGTH = 48;

    /** The maximum size of the alphabet: one random byte selects each character. */
    private static final int MAX_ALPHABET = 256;

    private final String prefix;
    private final String alphabet;
    private final int length;

    /**
     * The character for each value of a random byte: the alphabet as often as it fits completely. Larger values are skipped,
     * because they would make the first characters of the alphabet more frequent.
     */
    private final byte[] characters;

    RandomRequestIds(String prefix, String alphabet, int length) {
        if (!(prefix + alphabet).matches("[!-~]+")
                || alphabet.isEmpty()
                || alphabet.length() > MAX_ALPHABET
                || length < 1
                || length > MAX_LENGTH) {
            throw new IllegalArgumentException("requestIds must have 1 to " + MAX_LENGTH
                    + " random characters of an alphabet of 1 to " + MAX_ALPHABET + " visible ASCII characters");
        }
        this.prefix = prefix;
        this.alphabet = alphabet;
        this.length = length;
        this.characters = alphabet.repeat(MAX_ALPHABET / alphabet.length()).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public Supplier<String> source(Clock clock, SecureRandom random) {
        return new Source(random);
    }

    @Override
    public String example() {
        return prefix + alphabet.substring(0, 1).repeat(length);
    }

    private final class Source implements Supplier<String> {
        private final SecureRandom random;

        /**
         * Random bytes for many ids, because each draw calls the operating system. They are not secret: each response
         * contains its request's id.
         */
        private final byte[] drawn = new byte[1024];

        private final byte[] prefixBytes = prefix.getBytes(StandardCharsets.US_ASCII);
        private int next = drawn.length;

        Source(SecureRandom random) {
            this.random = random;
        }

        @Override
        public String get() {
            byte[] id = Arrays.copyOf(prefixBytes, prefixBytes.length + length);
            synchronized (this) {
                for (int i = prefixBytes.length; i < id.length; i++) {
                    id[i] = character();
                }
            }
            return new String(id, StandardCharsets.ISO_8859_1);
        }

        private byte character() {
            int value = nextByte();
            while (value >= characters.length) {
                value = nextByte();
            }
            return characters[value];
        }

        private int nextByte() {
            if (next == drawn.length) {
                random.nextBytes(drawn);
                next = 0;
            }
            return Byte.toUnsignedInt(drawn[next++]);
        }
    }
}
