package school.lectern.auth.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangeTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/08",
                "10.0.0.0/008",
                "10.0.0.0/1000",
                "10.0.0.0/",
                "1.2.3.4/",
                "10.0.0.0/ 8",
                "10.0.0.0/8 ",
                " 10.0.0.0/8",
                "10.0.0.0 /8",
                "10.0.0.0/8\n",
                "10.0.0.0/8/8",
                "10.0.0.0//8",
                "10.0.0.0/a",
                "10.0.0.0/0x8",
                "10.0.0.0/8.0",
                "10.0.0.0/255.0.0.0",
                "10.0.0.0/\u0668",
                "10.0.0.0/\uFF18",
                "1\u0660.0.0.0/8",
                "10.0.0.0/4294967304",
                "2001:db8::/129",
                "2001:db8::/-1",
                "2001:db8::/+32",
                "2001:db8::/032",
                "2001:db8::/"
            })
    void prefix_length_that_is_no_plain_number_in_range_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpRange.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "/",
                "/8",
                "*",
                "localhost",
                "example.org",
                "example.org/8",
                "0177.0.0.1",
                "127.1",
                "127.1/32",
                "2130706433",
                "2130706433/32",
                "0x7f.0.0.1",
                "10/8",
                "10.0/8",
                "10.*.*.*",
                "10.0.0.0-10.0.0.255",
                "::1%eth0",
                "fe80::1%eth0/128",
                "fe80::%eth0/64",
                "[::1]",
                "1::2::3",
                ":::",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                "::1.2.3.4.5",
                "::ffff:127.1",
                "1.2.3.4,5.6.7.8"
            })
    void address_that_is_not_plainly_spelled_is_refused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpRange.parse(text))
                .withMessageContaining("is not an");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1/8",
                "10.0.0.1/31",
                "128.0.0.1/1",
                "10.128.0.0/8",
                "192.168.1.0/23",
                "255.255.255.255/31",
                "2001:db8::1/32",
                "2001:db8::1/127",
                "8000::1/1",
                "2001:db8:8000::/32",
                "::ffff:10.0.0.1/104",
                "::ffff:10.0.0.0/8",
                "::ffff:10.0.0.0/95",
                "::ffff:0:0/95",
                "::1/64"
            })
    void host_bits_that_are_set_are_refused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpRange.parse(text))
                .withMessageContaining("host bits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0/0", "::/0", "10.0.0.0/0", "2001:db8::/0", "::ffff:0:0/96", "::ffff:0.0.0.0/96"})
    void block_that_holds_every_address_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpRange.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "::ffff:10.0.0.0/104, 10.0.0.0/8",
        "::FFFF:a00:0/104, 10.0.0.0/8",
        "::ffff:10.0.0.1, 10.0.0.1",
        "::ffff:10.0.0.1/128, 10.0.0.1/32",
        "::ffff:128.0.0.0/97, 128.0.0.0/1",
        "10.0.0.1/32, 10.0.0.1",
        "2001:DB8::1/128, 2001:db8:0:0::0:1"
    })
    void block_is_the_same_however_it_is_spelled(String text, String same) {
        assertThat(IpRange.parse(text)).isEqualTo(IpRange.parse(same)).hasSameHashCodeAs(IpRange.parse(same));
        assertThat(IpRange.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/8, 10.0.0.0/9", "10.0.0.0/8, 11.0.0.0/8", "::/8, ::/9", "0.0.0.0/1, ::/1"})
    void other_block_is_another(String text, String other) {
        assertThat(IpRange.parse(text)).isNotEqualTo(IpRange.parse(other));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0, 10.255.255.255, 9.255.255.255, 11.0.0.0",
        "192.168.4.0/22, 192.168.4.0, 192.168.7.255, 192.168.3.255, 192.168.8.0",
        "128.0.0.0/1, 128.0.0.0, 255.255.255.255, 127.255.255.255, 0.0.0.0",
        "10.0.0.6/31, 10.0.0.6, 10.0.0.7, 10.0.0.5, 10.0.0.8",
        "10.0.0.6, 10.0.0.6, 10.0.0.6, 10.0.0.5, 10.0.0.7",
        "2001:db8::/33, 2001:db8::, 2001:db8:7fff:ffff:ffff:ffff:ffff:ffff, 2001:db7:ffff::, 2001:db8:8000::",
        "2001:db8::8, 2001:db8::8, 2001:db8::8, 2001:db8::7, 2001:db8::9"
    })
    void block_ends_where_its_prefix_says(String block, String first, String last, String before, String after) {
        IpRange range = IpRange.parse(block);
        assertThat(range.contains(IpAddress.parse(first).orElseThrow())).isTrue();
        assertThat(range.contains(IpAddress.parse(last).orElseThrow())).isTrue();
        assertThat(range.contains(IpAddress.parse(before).orElseThrow())).isFalse();
        assertThat(range.contains(IpAddress.parse(after).orElseThrow())).isFalse();
    }

    @Test
    void first_bits_of_the_other_family_are_no_match() {
        assertThat(IpRange.parse("10.0.0.0/8").contains(IpAddress.parse("a00::").orElseThrow()))
                .isFalse();
        assertThat(IpRange.parse("a00::/8").contains(IpAddress.parse("10.0.0.0").orElseThrow()))
                .isFalse();
    }
}
