package school.lectern.auth.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares the allowlist with a model of BigInteger masks over the JDK's addresses. The JDK also parses a mapped address as the
 * IPv4 address.
 */
class IpAllowlistModelTest {

    private static final int ROUNDS = 50_000;

    private final Random random = new Random(20260304);
    private final Spelling spelling = new Spelling(random);

    @ParameterizedTest
    @CsvSource({"4, false", "16, false", "16, true"})
    void lists_agree_with_masks_of_big_integers(int size, boolean mapped) throws UnknownHostException {
        int allowed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<Rule> rules = new ArrayList<>();
            for (int i = random.nextInt(2); i >= 0; i--) {
                rules.add(rule(size, mapped));
            }
            byte[] address = near(rules.get(random.nextInt(rules.size())));
            String text = spelling.of(address);
            IpAllowlist list = IpAllowlist.of(
                    rules.stream().map(rule -> IpRange.parse(rule.text())).toList());

            boolean expected = false;
            for (Rule rule : rules) {
                expected |= rule.holds(address);
            }
            assertThat(list.allows(IpAddress.parse(text).orElseThrow()))
                    .as(() -> list + " allows " + text)
                    .isEqualTo(expected);
            allowed += expected ? 1 : 0;
        }
        assertThat(allowed).isBetween(ROUNDS / 10, ROUNDS - ROUNDS / 10);
    }

    private record Rule(byte[] network, int prefix, String text) {

        boolean holds(byte[] address) throws UnknownHostException {
            byte[] theirs = InetAddress.getByAddress(address).getAddress();
            byte[] ours = InetAddress.getByAddress(network).getAddress();
            int hostBits = network.length * 8 - prefix;
            return theirs.length == ours.length
                    && new BigInteger(1, theirs)
                            .shiftRight(hostBits)
                            .equals(new BigInteger(1, ours).shiftRight(hostBits));
        }
    }

    private Rule rule(int size, boolean mapped) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        if (mapped) {
            Arrays.fill(bytes, 0, 10, (byte) 0);
            Arrays.fill(bytes, 10, 12, (byte) -1);
        }
        int bits = size * 8;
        int prefix = mapped && random.nextInt(5) > 0 ? 97 + random.nextInt(32) : 1 + random.nextInt(bits);
        prefix = mapped && prefix == 96 ? 95 : prefix;
        BigInteger network = new BigInteger(1, bytes).shiftRight(bits - prefix).shiftLeft(bits - prefix);
        byte[] masked = bytes(network, size);
        String text = spelling.of(masked);
        return new Rule(masked, prefix, prefix == bits && random.nextBoolean() ? text : text + "/" + prefix);
    }

    /** Returns an address at or next to an end of the block, in the block, one bit away from it, or anywhere. */
    private byte[] near(Rule rule) {
        int size = rule.network().length;
        int hostBits = size * 8 - rule.prefix();
        BigInteger first = new BigInteger(1, rule.network());
        BigInteger last =
                BigInteger.ONE.shiftLeft(hostBits).subtract(BigInteger.ONE).add(first);
        BigInteger inside = first.add(new BigInteger(hostBits, random));
        BigInteger address = switch (random.nextInt(8)) {
            case 0 -> first;
            case 1 -> last;
            case 2 -> first.subtract(BigInteger.ONE);
            case 3 -> last.add(BigInteger.ONE);
            case 4 -> inside.flipBit(hostBits);
            case 5 -> inside.flipBit(random.nextInt(size * 8));
            case 6 -> inside;
            default -> new BigInteger(size * 8, random);
        };
        return bytes(address.mod(BigInteger.ONE.shiftLeft(size * 8)), size);
    }

    private static byte[] bytes(BigInteger number, int size) {
        byte[] all = number.toByteArray();
        byte[] bytes = new byte[size];
        int length = Math.min(size, all.length);
        System.arraycopy(all, all.length - length, bytes, size - length, length);
        return bytes;
    }
}
