package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.LearnCoin;

/** LearnCoin keys are a prefix and exactly 32 random bytes in base58 with Bitcoin's alphabet. */
class Base58BodyTest {

    private static final String ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private static final String PREFIX = "lrn_live_";
    private static final TokenFormat FORMAT = LearnCoin.DIALECT.format();

    /** Decodes as Bitcoin does, on bytes and not on numbers, so that the test shares no code with the implementation. */
    private static byte[] decode(String text) {
        byte[] reversed = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            int carry = ALPHABET.indexOf(text.charAt(i));
            assertThat(carry).as("digit %s of %s", i, text).isNotNegative();
            for (int b = 0; b < length || carry > 0; b++) {
                carry += 58 * (reversed[b] & 0xff);
                reversed[b] = (byte) carry;
                carry >>= 8;
                length = Math.max(length, b + 1);
            }
        }
        int zeros = leading(text, '1');
        byte[] bytes = new byte[zeros + length];
        for (int i = 0; i < length; i++) {
            bytes[bytes.length - 1 - i] = reversed[i];
        }
        return bytes;
    }

    private static String encode(byte[] bytes) {
        byte[] reversed = new byte[bytes.length * 2];
        int length = 0;
        int zeros = 0;
        while (zeros < bytes.length && bytes[zeros] == 0) {
            zeros++;
        }
        for (byte next : bytes) {
            int carry = next & 0xff;
            for (int d = 0; d < length || carry > 0; d++) {
                carry += 256 * reversed[d];
                reversed[d] = (byte) (carry % 58);
                carry /= 58;
                length = Math.max(length, d + 1);
            }
        }
        StringBuilder text = new StringBuilder("1".repeat(zeros));
        for (int d = length - 1; d >= 0; d--) {
            text.append(ALPHABET.charAt(reversed[d]));
        }
        return text.toString();
    }

    private static int leading(String text, char c) {
        int count = 0;
        while (count < text.length() && text.charAt(count) == c) {
            count++;
        }
        return count;
    }

    private static boolean parses(String body) {
        return FORMAT.parse(Secret.of(PREFIX + body)) instanceof PresentedToken;
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        bytes[0] = (byte) (bytes[0] | 1);
        return bytes;
    }

    /**
     * Texts around the longest and shortest ones, with and without zeros, for sizes that fill their last {@code int} or do not.
     */
    @Test
    void exactly_the_texts_of_so_many_bytes_match() {
        Random random = new Random(3);
        for (int bytes = 16; bytes <= 40; bytes++) {
            Base58Body body = new Base58Body(bytes);
            int accepted = 0;
            for (int i = 0; i < 2_000; i++) {
                String text = "1".repeat(random.nextInt(3) == 0 ? random.nextInt(bytes) : 0) + digits(bytes, random);
                boolean expected = decode(text).length == bytes;
                assertThat(body.matches(text, 0, text.length()))
                        .as("%d bytes: %s", bytes, text)
                        .isEqualTo(expected);
                accepted += expected ? 1 : 0;
            }
            assertThat(accepted).as("accepted texts of %d bytes", bytes).isBetween(200, 1_800);
        }
    }

    /** Returns the digits of a number that takes about so many bytes. */
    private static String digits(int bytes, Random random) {
        byte[] drawn = new byte[bytes - 1 + random.nextInt(3)];
        random.nextBytes(drawn);
        drawn[0] = (byte) (random.nextBoolean() ? 0xff : 1);
        return encode(drawn);
    }

    @Test
    void ten_thousand_drawn_keys_parse_hold_32_bytes_each_and_are_unique() {
        SecureRandom random = new SecureRandom();
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String key = FORMAT.generate(TokenEnvironment.LIVE, random).value().expose();
            assertThat(key).startsWith(PREFIX);
            String body = key.substring(PREFIX.length());
            assertThat(parses(body)).as(key).isTrue();
            assertThat(encode(decode(body))).isEqualTo(body);
            assertThat(decode(body)).hasSize(32);
            drawn.add(key);
        }
        assertThat(drawn).hasSize(10_000);
    }

    @Test
    void a_key_is_the_spelling_of_the_bytes_that_were_drawn() {
        byte[] bytes = random(32, 1);
        String key =
                FORMAT.generate(TokenEnvironment.TEST, drawing(bytes)).value().expose();
        assertThat(key).isEqualTo("lrn_test_" + encode(bytes));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16, 31, 32})
    void leading_zero_bytes_are_leading_ones(int zeros) {
        byte[] bytes = random(32, 2);
        Arrays.fill(bytes, 0, zeros, (byte) 0);
        if (zeros < 32) {
            bytes[zeros] = 1;
        }
        String body = FORMAT.generate(TokenEnvironment.LIVE, drawing(bytes))
                .value()
                .expose()
                .substring(PREFIX.length());
        assertThat(decode(body)).isEqualTo(bytes);
        assertThat(leading(body, '1')).isEqualTo(zeros);
        assertThat(parses(body)).isTrue();
        assertThat(parses('1' + body)).as("one zero byte more").isFalse();
        assertThat(parses(body.substring(1))).as("one zero byte less").isFalse();
    }

    @Test
    void the_largest_32_bytes_parse_and_the_number_after_them_does_not() {
        byte[] largest = new byte[32];
        Arrays.fill(largest, (byte) 0xff);
        byte[] next = new byte[33];
        next[0] = 1;
        assertThat(parses(encode(largest))).isTrue();
        assertThat(encode(next)).as("as long as the largest").hasSameSizeAs(encode(largest));
        assertThat(parses(encode(next))).isFalse();
        assertThat(parses("z".repeat(44))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 30, 31, 33, 34, 64})
    void any_other_number_of_bytes_is_refused(int length) {
        for (int seed = 0; seed < 100; seed++) {
            assertThat(length > 0 && parses(encode(random(length, seed)))).isFalse();
            assertThat(parses(encode(new byte[length]))).isFalse();
        }
    }

    @Test
    void exactly_the_spellings_of_32_bytes_parse() {
        Random random = new Random(3);
        int accepted = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder("1".repeat(random.nextInt(3)));
            int length = 41 + random.nextInt(5);
            while (text.length() < length) {
                text.append(ALPHABET.charAt(random.nextInt(58)));
            }
            boolean parsed = parses(text.toString());
            assertThat(parsed).as(text.toString()).isEqualTo(decode(text.toString()).length == 32);
            accepted += parsed ? 1 : 0;
        }
        assertThat(accepted).isBetween(1_000, 19_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "O", "I", "l", "+", "/", "_", "-", ".", " ", "=", "\u00e9", "\uff11", "\u0661"})
    void characters_outside_the_alphabet_are_refused_at_every_place(String foreign) {
        String body = encode(random(32, 4));
        for (int i = 0; i < body.length(); i++) {
            assertThat(parses(body.substring(0, i) + foreign + body.substring(i + 1)))
                    .isFalse();
        }
        assertThat(parses(body + foreign)).isFalse();
        assertThat(parses(foreign + body)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"lrn_live_01HXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "lrn_test_01HXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"})
    void the_printed_examples_hold_a_zero_and_are_malformed(String example) {
        assertThat(FORMAT.parse(Secret.of(example))).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void the_prefix_names_the_environment() {
        String body = encode(random(32, 5));
        assertThat(((PresentedToken) FORMAT.parse(Secret.of("lrn_test_" + body))).environment())
                .isEqualTo(TokenEnvironment.TEST);
        assertThat(((PresentedToken) FORMAT.parse(Secret.of("lrn_live_" + body))).environment())
                .isEqualTo(TokenEnvironment.LIVE);
        assertThat(FORMAT.parse(Secret.of("lrn_prod_" + body))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(FORMAT.parse(Secret.of("LRN_TEST_" + body))).isEqualTo(CredentialProblem.TOKEN);
    }

    private static SecureRandom drawing(byte[] given) {
        return new Given(given);
    }

    /** Generates the given bytes. */
    private static final class Given extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] given;

        Given(byte[] given) {
            this.given = given.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(given, 0, bytes, 0, bytes.length);
        }
    }
}
