package school.lectern.auth.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

    @Test
    void every_spelling_is_read_as_the_bytes_that_it_was_written_from() throws UnknownHostException {
        Random random = new Random(1);
        Spelling spelling = new Spelling(random);
        for (int round = 0; round < 30_000; round++) {
            byte[] bytes = random(random);
            String text = spelling.of(bytes);
            assertThat(IpAddress.parse(text).orElseThrow(() -> new AssertionError(text)))
                    .as(text)
                    .hasToString(InetAddress.getByAddress(bytes).getHostAddress());
        }
    }

    @Test
    void parse_and_print_are_inverse() throws UnknownHostException {
        Random random = new Random(2);
        for (int round = 0; round < 30_000; round++) {
            byte[] bytes = random(random);
            String text = InetAddress.getByAddress(bytes).getHostAddress();
            IpAddress address = IpAddress.parse(text).orElseThrow();
            assertThat(address).hasToString(text);
            assertThat(IpAddress.parse(address.toString()).orElseThrow())
                    .isEqualTo(address)
                    .hasSameHashCodeAs(address);
        }
    }

    @Test
    void addresses_that_differ_in_a_bit_differ() {
        Random random = new Random(3);
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(bytes);
            byte[] other = bytes.clone();
            int bit = random.nextInt(bytes.length * 8);
            other[bit / 8] ^= (byte) (1 << bit % 8);
            Spelling spelling = new Spelling(random);
            assertThat(IpAddress.parse(spelling.of(bytes))).isNotEqualTo(IpAddress.parse(spelling.of(other)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"::ffff:10.0.0.1", "::FFFF:a00:1", "0:0:0:0:0:ffff:10.0.0.1", "0000::ffff:0a00:0001"})
    void mapped_address_is_the_ipv4_address(String text) {
        assertThat(IpAddress.parse(text)).isPresent().isEqualTo(IpAddress.parse("10.0.0.1"));
        assertThat(IpAddress.parse(text).orElseThrow()).hasToString("10.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"::10.0.0.1", "::fffe:10.0.0.1", "::1:ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1"})
    void address_that_embeds_another_but_is_not_mapped_stays_ipv6(String text) {
        assertThat(IpAddress.parse(text)).isPresent().isNotEqualTo(IpAddress.parse("10.0.0.1"));
    }

    @ParameterizedTest
    @CsvSource({
        "::, 0:0:0:0:0:0:0:0",
        "::1, 0:0:0:0:0:0:0:1",
        "1::, 1:0:0:0:0:0:0:0",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
        "1::1.2.3.4, 1:0:0:0:0:0:102:304",
        "2001:DB8::A, 2001:db8:0:0:0:0:0:a"
    })
    void group_that_is_left_out_is_zero(String text, String printed) {
        assertThat(IpAddress.parse(text).orElseThrow()).hasToString(printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Not four parts.
                "",
                " ",
                ".",
                "...",
                "1",
                "127.1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4.",
                // Numbers that other parsers accept as addresses.
                "2130706433",
                "0x7f.0.0.1",
                "0x7f000001",
                "0177.0.0.1",
                "01.2.3.4",
                "1.2.3.00",
                "1.2.3.08",
                // Parts that are not bytes.
                "256.1.1.1",
                "1.1.1.256",
                "1.1.1.999",
                "1.1.1.1000",
                "-1.2.3.4",
                "+1.2.3.4",
                "1.2.3.a",
                // Blanks and similar characters.
                " 1.2.3.4",
                "1.2.3.4 ",
                "1.2.3.4\n",
                "1. 2.3.4",
                "1.2.3.4/32",
                "1.2.3.4:80",
                "1,2,3,4",
                // Digits and full stops of other scripts.
                "\u0661.2.3.4",
                "1.2.3.\uFF14",
                "1\u30022.3.4",
                // Names.
                "localhost",
                "example.org",
                "a.b.c.d",
                "null",
                "unknown",
                "_hidden",
                // Too few groups, too many, or more than one gap.
                ":",
                ":::",
                "::::",
                "1:::2",
                "1::2::3",
                "::1::",
                ":1",
                "1:",
                ":1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1::2:3:4:5:6:7:8",
                // Invalid groups, zones, brackets.
                "12345::",
                "::12345",
                "00001::",
                "g::",
                "::g",
                "::-1",
                "::+1",
                "0x1::",
                "1 ::",
                "::1 ",
                " ::1",
                "::1%eth0",
                "fe80::1%1",
                "::1%",
                "[::1]",
                "[::1]:80",
                "::1/128",
                "::\uFF11",
                "\u0661::",
                // Embedded IPv4 that is malformed, or not at the end.
                "::1.2.3.4.5",
                "::1.2.3",
                "::1.2.3.256",
                "::01.2.3.4",
                "1.2.3.4::",
                "::1.2.3.4:5",
                "1.2.3.4:5::",
                "1:2:3:4:5:6:7:1.2.3.4",
                "1:2:3:4:5:1.2.3.4",
                "::1:2:3:4:5:6:1.2.3.4",
                "::ffff:127.1",
                "::ffff:0x7f.0.0.1"
            })
    void text_that_is_no_plain_address_is_refused(String text) {
        assertThat(IpAddress.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.1.2.3",
        "::ffff:10.1.2.3, 10.1.2.3",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::",
        "2001:db8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2::",
        "2001:db8:1:2::, 2001:db8:1:2::",
        "::1, ::"
    })
    void an_address_without_its_interface_id_is_the_network_of_one_client(String text, String network) {
        assertThat(IpAddress.parse(text).map(IpAddress::withoutInterfaceId)).isEqualTo(IpAddress.parse(network));
    }

    /** Returns an address of either family, often mapped, often with groups of zeros. */
    private static byte[] random(Random random) {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(bytes);
        for (int group = 0; group < bytes.length; group += 2) {
            if (random.nextBoolean()) {
                bytes[group] = 0;
                bytes[group + 1] = random.nextBoolean() ? 0 : bytes[group + 1];
            }
        }
        if (bytes.length == 16 && random.nextInt(5) == 0) {
            Arrays.fill(bytes, 0, 10, (byte) 0);
            bytes[10] = (byte) (random.nextInt(4) > 0 ? 0xff : 0xfe);
            bytes[11] = (byte) 0xff;
        }
        return bytes;
    }
}
