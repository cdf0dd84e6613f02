package school.lectern.auth.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {

    private static final TrustedProxies PROXIES =
            TrustedProxies.of(List.of(IpRange.parse("10.0.0.0/8"), IpRange.parse("fd00::/8")));

    @Test
    void header_of_a_peer_that_is_not_trusted_is_ignored() {
        assertThat(client("192.0.2.1", "203.0.113.9")).isEqualTo("192.0.2.1");
        assertThat(client("11.0.0.1", "10.0.0.1, 203.0.113.9")).isEqualTo("11.0.0.1");
        assertThat(client("2001:db8::1", "nonsense")).isEqualTo("2001:db8:0:0:0:0:0:1");
    }

    @Test
    void header_of_a_peer_that_is_not_trusted_is_not_even_read() {
        assertThat(PROXIES.client("192.0.2.1", () -> {
                    throw new AssertionError("the header was read");
                }))
                .hasToString("192.0.2.1");
    }

    @Test
    void no_proxy_is_trusted_by_default() {
        assertThat(TrustedProxies.none().client("127.0.0.1", () -> List.of("203.0.113.9")))
                .hasToString("127.0.0.1");
        assertThat(TrustedProxies.of(List.of()).client("10.0.0.2", () -> List.of("203.0.113.9")))
                .hasToString("10.0.0.2");
    }

    @Test
    void rightmost_hop_of_a_trusted_proxy_is_the_client() {
        assertThat(client("10.0.0.2", "203.0.113.9")).isEqualTo("203.0.113.9");
        assertThat(client("10.0.0.2", "10.0.0.1, 203.0.113.9")).isEqualTo("203.0.113.9");
        assertThat(client("10.0.0.2", "198.51.100.1, 203.0.113.9")).isEqualTo("203.0.113.9");
        assertThat(client("fd00::2", "2001:db8::9")).isEqualTo("2001:db8:0:0:0:0:0:9");
    }

    @Test
    void trusted_proxies_are_walked_to_the_first_that_is_not() {
        assertThat(client("10.0.0.2", "198.51.100.1, 203.0.113.9, 10.0.0.4, fd00::3"))
                .isEqualTo("203.0.113.9");
        assertThat(client("10.0.0.2", "203.0.113.9,10.0.0.4,\t10.0.0.3 ")).isEqualTo("203.0.113.9");
    }

    @Test
    void several_header_values_are_walked_as_one_list() {
        assertThat(client("10.0.0.2", "198.51.100.1", "203.0.113.9, 10.0.0.4", "10.0.0.3"))
                .isEqualTo("203.0.113.9");
        assertThat(client("10.0.0.2", "203.0.113.9", "198.51.100.1")).isEqualTo("198.51.100.1");
    }

    @Test
    void request_that_begins_at_a_trusted_proxy_comes_from_there() {
        assertThat(client("10.0.0.2")).isEqualTo("10.0.0.2");
        assertThat(client("10.0.0.2", "10.0.0.9, 10.0.0.4")).isEqualTo("10.0.0.9");
    }

    @Test
    void mapped_spelling_of_a_proxy_or_hop_is_the_ipv4_address() {
        assertThat(client("::ffff:10.0.0.2", "203.0.113.9, ::ffff:10.0.0.4")).isEqualTo("203.0.113.9");
        assertThat(client("::ffff:10.0.0.2", "::ffff:203.0.113.9")).isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown",
                "",
                " ",
                ",",
                "203.0.113.9,",
                "203.0.113.9, , 10.0.0.4",
                "203.0.113.9, unknown",
                "203.0.113.9, _hidden, 10.0.0.4",
                "203.0.113.9:65536",
                "203.0.113.9:",
                "203.0.113.9:-1",
                "203.0.113.9:port",
                "203.0.113.9:443:443",
                "203.0.113.09:443",
                "203.0.113:443",
                "[203.0.113.9]:443",
                "[2001:db8::1",
                "2001:db8::1]:443",
                "[2001:db8::1]443",
                "[2001:db8::1]:65536",
                "[2001:db8::1]:",
                "[]:443",
                ":443",
                "\"203.0.113.9:443\"",
                "http://203.0.113.9:443",
                "203.0.113.9 10.0.0.4",
                "203.0.113.9; 10.0.0.4",
                "localhost",
                "0313.0.113.9",
                "10.1"
            })
    void hop_that_would_have_to_be_believed_but_is_unreadable_leaves_the_client_unknown(String header) {
        assertThat(PROXIES.client("10.0.0.2", () -> List.of(header))).isNull();
        assertThat(PROXIES.client("10.0.0.2", () -> List.of("203.0.113.9", header)))
                .isNull();
        assertThat(PROXIES.client("10.0.0.2", () -> List.of(header, "10.0.0.4")))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.9:51234,203.0.113.9",
        "203.0.113.9:0,203.0.113.9",
        "203.0.113.9:65535,203.0.113.9",
        "[2001:db8::7]:443,2001:db8:0:0:0:0:0:7",
        "[2001:db8::7],2001:db8:0:0:0:0:0:7",
        "[2001:DB8::7]:1,2001:db8:0:0:0:0:0:7",
        "[::ffff:203.0.113.9]:443,203.0.113.9",
        "2001:db8::7:443,2001:db8:0:0:0:0:7:443"
    })
    void hop_may_carry_a_port(String hop, String address) {
        assertThat(client("10.0.0.2", hop)).isEqualTo(address);
        assertThat(client("10.0.0.2", "198.51.100.1:1, " + hop + ", 10.0.0.4:8080,[fd00::3]:80"))
                .isEqualTo(address);
        assertThat(client("192.0.2.1", hop)).isEqualTo("192.0.2.1");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "/run/proxy.sock", "@proxy", "@"})
    void peer_on_a_unix_socket_is_trusted_only_if_that_is_configured(String peer) {
        TrustedProxies named = PROXIES.andUnixSocket();
        assertThat(named.client(peer, () -> List.of("203.0.113.9"))).hasToString("203.0.113.9");
        assertThat(named.client(peer, () -> List.of("198.51.100.1, 203.0.113.9, 10.0.0.4")))
                .hasToString("203.0.113.9");
        assertThat(named.client(peer, List::of)).isNull();
        assertThat(named.client(peer, () -> List.of("203.0.113.9, unknown"))).isNull();
        assertThat(PROXIES.client(peer, () -> List.of("203.0.113.9"))).isNull();
        assertThat(TrustedProxies.none().andUnixSocket().client(peer, () -> List.of("203.0.113.9, 10.0.0.4")))
                .hasToString("10.0.0.4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "10.0.0.2:80", "10.2", " ", "unix", "2001:db8::zz"})
    void peer_that_is_neither_an_address_nor_a_unix_socket_is_not_trusted(String peer) {
        assertThat(PROXIES.andUnixSocket().client(peer, () -> List.of("203.0.113.9")))
                .isNull();
    }

    @Test
    void trusting_a_unix_socket_trusts_no_further_address() {
        TrustedProxies socketAlone = TrustedProxies.none().andUnixSocket();
        assertThat(socketAlone.client("10.0.0.2", () -> List.of("203.0.113.9"))).hasToString("10.0.0.2");
        assertThat(PROXIES.andUnixSocket().client("192.0.2.1", () -> List.of("203.0.113.9")))
                .hasToString("192.0.2.1");
        assertThat(PROXIES.andUnixSocket().client("10.0.0.2", () -> List.of("203.0.113.9")))
                .hasToString("203.0.113.9");
    }

    @Test
    void hop_beyond_the_client_need_not_be_readable() {
        assertThat(client("10.0.0.2", "unknown, 203.0.113.9")).isEqualTo("203.0.113.9");
        assertThat(client("10.0.0.2", "", "203.0.113.9, 10.0.0.4")).isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.2", "10.0.0.2:80", " 10.0.0.2", "@"})
    void peer_that_is_unreadable_leaves_the_client_unknown(String peer) {
        assertThat(PROXIES.client(peer, () -> List.of("203.0.113.9"))).isNull();
        assertThat(PROXIES.client(peer, () -> List.of())).isNull();
    }

    @Test
    void peer_that_is_not_known_leaves_the_client_unknown() {
        assertThat(PROXIES.client(null, () -> List.of("203.0.113.9"))).isNull();
        assertThat(TrustedProxies.none().client(null, () -> List.of())).isNull();
    }

    private static String client(String peer, String... headers) {
        return String.valueOf(PROXIES.client(peer, () -> List.of(headers)));
    }

    private static boolean isSecure(String peer, boolean connection, String forwardedProto, String forwarded) {
        Map<String, List<String>> headers = Map.of(
                "X-Forwarded-Proto", forwardedProto == null ? List.of() : List.of(forwardedProto.split("\\|", -1)),
                "Forwarded", forwarded == null ? List.of() : List.of(forwarded.split("\\|", -1)));
        return PROXIES.isSecure(peer, connection, headers::get);
    }

    @Test
    void the_protocol_that_a_trusted_proxy_reports_decides() {
        assertThat(isSecure("10.0.0.2", false, "https", null)).isTrue();
        assertThat(isSecure("10.0.0.2", false, "HTTPS", null)).isTrue();
        assertThat(isSecure("10.0.0.2", false, "wss", null)).isTrue();
        assertThat(isSecure("10.0.0.2", true, "http", null)).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "for=192.0.2.1;proto=https;by=10.0.0.2"))
                .isTrue();
        assertThat(isSecure("10.0.0.2", false, null, "For=\"[2001:db8::1]:4711\" ; Proto=\"https\""))
                .isTrue();
        assertThat(isSecure("10.0.0.2", true, null, "proto=http")).isFalse();
        assertThat(isSecure("10.0.0.2", true, null, null)).isTrue();
        assertThat(isSecure("10.0.0.2", false, null, null)).isFalse();
    }

    @Test
    void a_text_of_the_client_before_that_of_a_proxy_does_not_make_its_request_secure() {
        assertThat(isSecure("10.0.0.2", false, "https, http", null)).isFalse();
        assertThat(isSecure("10.0.0.2", false, "https|http", null)).isFalse();
        assertThat(isSecure("10.0.0.2", false, "http, https", null)).isFalse();
        assertThat(isSecure("10.0.0.2", false, "https", "for=a;proto=http")).isFalse();
        assertThat(isSecure("10.0.0.2", false, "http", "for=a;proto=https")).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "proto=https, for=192.0.2.1"))
                .isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "proto=https|for=192.0.2.1"))
                .isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "for=\"x;proto=https\"")).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "for=\"x;proto=https;y\"")).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "proto=http;proto=https")).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "proto=https;proto=https")).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "proto=https;;")).isFalse();
        assertThat(isSecure("10.0.0.2", false, null, "proto=\"https")).isFalse();
        assertThat(isSecure("10.0.0.2", true, "", null)).isFalse();
        assertThat(isSecure("10.0.0.2", true, "httpsx", null)).isFalse();
    }

    @Test
    void the_protocol_that_another_peer_reports_is_not_read() {
        for (boolean connection : new boolean[] {true, false}) {
            assertThat(PROXIES.isSecure("192.0.2.1", connection, name -> {
                        throw new AssertionError("the header was read");
                    }))
                    .isEqualTo(connection);
        }
        assertThat(TrustedProxies.none().isSecure("10.0.0.2", false, name -> List.of("https")))
                .isFalse();
        assertThat(TrustedProxies.of(List.of()).andUnixSocket().isSecure(null, false, name -> List.of("https")))
                .isFalse();
        assertThat(TrustedProxies.of(List.of())
                        .andUnixSocket()
                        .isSecure(
                                "/run/app.sock",
                                false,
                                name -> name.equals("Forwarded") ? List.of() : List.of("https")))
                .isTrue();
    }
}
