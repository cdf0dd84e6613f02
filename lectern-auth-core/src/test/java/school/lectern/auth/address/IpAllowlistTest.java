package school.lectern.auth.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpAllowlistTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, ::ffff:10.0.0.1, true",
        "10.0.0.0/8, ::ffff:a00:1, true",
        "10.0.0.0/8, ::ffff:11.0.0.1, false",
        "10.0.0.0/8, ::10.0.0.1, false",
        "::/1, ::ffff:10.0.0.1, false",
        "::/1, 10.0.0.1, false",
        "::/80, ::ffff:10.0.0.1, false",
        "::/1, ::1, true",
        "::ffff:10.0.0.0/104, 10.0.0.1, true",
        "::ffff:10.0.0.0/104, ::ffff:10.255.255.255, true",
        "::ffff:10.0.0.0/104, 11.0.0.0, false"
    })
    void mapped_address_is_judged_as_the_ipv4_address(String rule, String peer, boolean allowed) {
        assertThat(list(rule).allows(IpAddress.parse(peer).orElseThrow())).isEqualTo(allowed);
    }

    @Test
    void one_block_that_holds_the_address_is_enough() {
        IpAllowlist list = list("10.0.0.0/8", "2001:db8::/32", "192.0.2.7");

        for (String allowed : List.of("10.9.8.7", "2001:db8::1", "192.0.2.7")) {
            assertThat(list.allows(IpAddress.parse(allowed).orElseThrow()))
                    .as(allowed)
                    .isTrue();
        }
        for (String denied : List.of("11.0.0.0", "2001:db9::1", "192.0.2.8", "::", "0.0.0.0")) {
            assertThat(list.allows(IpAddress.parse(denied).orElseThrow()))
                    .as(denied)
                    .isFalse();
        }
    }

    @Test
    void address_that_is_not_known_is_not_allowed() {
        assertThat(list("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1").allows(null))
                .isFalse();
    }

    @Test
    void list_that_cannot_be_read_allows_nothing() {
        for (String address : List.of("127.0.0.1", "::1", "0.0.0.0", "::")) {
            assertThat(IpAllowlist.unreadable().allows(IpAddress.parse(address).orElseThrow()))
                    .isFalse();
        }
        assertThat(IpAllowlist.unreadable().allows(null)).isFalse();
        assertThat(IpAllowlist.unreadable().blocks()).isEmpty();
        assertThat(IpAllowlist.unreadable()).isNotEqualTo(list("10.0.0.0/8"));
    }

    @Test
    void list_names_at_least_one_block() {
        assertThatIllegalArgumentException().isThrownBy(() -> IpAllowlist.of(List.of()));
    }

    @Test
    void blocks_are_given_back_as_they_were_written() {
        assertThat(list("::FFFF:10.0.0.0/104", "192.0.2.7").blocks())
                .contains(List.of("::FFFF:10.0.0.0/104", "192.0.2.7"));
        assertThat(list("::FFFF:10.0.0.0/104")).isEqualTo(list("10.0.0.0/8")).hasSameHashCodeAs(list("10.0.0.0/8"));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8, true",
        "10.0.0.0/8, 10.1.2.3, true",
        "10.0.0.0/8, ::ffff:10.1.0.0/112, true",
        "10.0.0.0/8, 10.0.0.0/7, false",
        "10.0.0.0/8, 11.0.0.0/8, false",
        "10.0.0.0/9 10.128.0.0/9, 10.0.0.0/8, true",
        "10.0.0.0/9 10.128.0.0/10, 10.0.0.0/8, false",
        "10.0.0.0/8 10.0.0.0/16 11.0.0.0/8, 10.0.0.0/7, true",
        "10.0.0.0/8, 2001:db8::/32, false",
        "2001:db8::/32, 2001:db8::/48, true",
        "2001:db8::/33 2001:db8:8000::/33, 2001:db8::/32, true",
        "0.0.0.0/1 128.0.0.0/1, ::/1, false",
        "::/1 8000::/1, 255.255.255.255, false",
        "::/1 8000::/1, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, true",
        "0.0.0.0/1, 128.0.0.0/1, false"
    })
    void list_covers_another_whose_addresses_it_allows(String own, String other, boolean covered) {
        assertThat(list(own.split(" ")).covers(list(other))).isEqualTo(covered);
    }

    @Test
    void list_covers_another_block_by_block() {
        assertThat(list("10.0.0.0/8", "192.0.2.0/24").covers(list("192.0.2.7", "10.1.0.0/16")))
                .isTrue();
        assertThat(list("10.0.0.0/8").covers(list("10.1.0.0/16", "192.0.2.7"))).isFalse();
        assertThat(list("10.0.0.0/8").covers(IpAllowlist.unreadable())).isTrue();
        assertThat(IpAllowlist.unreadable().covers(list("10.0.0.0/8"))).isFalse();
    }

    private static IpAllowlist list(String... blocks) {
        return IpAllowlist.of(Stream.of(blocks).map(IpRange::parse).toList());
    }
}
