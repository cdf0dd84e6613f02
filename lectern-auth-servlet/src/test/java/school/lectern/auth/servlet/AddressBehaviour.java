package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/** How the client's address is determined: the peer is always 127.0.0.1 here. */
abstract class AddressBehaviour extends Behaviour {

    private static final String CLIENT = "203.0.113.9";

    private void serve(String... trusted) throws Exception {
        handle("/api/x", says("x"));
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/api/x", Requirement.scope("read:learners"))
                .build();
        TrustedProxies proxies =
                TrustedProxies.of(Stream.of(trusted).map(IpRange::parse).toList());
        start(List.of(new LecternAuthFilter(auth, rules, proxies)), UnaryOperator.identity());
    }

    private String tokenFrom(String block) {
        return bearer(issue("123", settings -> settings.allowlist(IpAllowlist.of(List.of(IpRange.parse(block))))));
    }

    /** Sends the request with these values of {@code X-Forwarded-For}, each in a header of its own. */
    private Reply from(String token, String... hops) throws IOException {
        return raw(
                "GET /api/x",
                and(
                        new String[] {token},
                        Stream.of(hops).map(hop -> "X-Forwarded-For: " + hop).toArray(String[]::new)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.1"})
    void token_is_accepted_from_its_addresses(String block) throws Exception {
        serve();
        from(tokenFrom(block)).isOk();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.2", "10.0.0.0/8", "::1", "::/1"})
    void token_from_elsewhere_is_refused_as_an_unknown_one_is(String block) throws Exception {
        serve();
        from(tokenFrom(block)).isUnauthorized(true);
        assertThat(reached).isEmpty();
    }

    @Test
    void stranger_is_not_believed_to_be_forwarding() throws Exception {
        serve("10.0.0.0/8");
        from(tokenFrom(CLIENT), CLIENT).isUnauthorized(true);
        from(tokenFrom("127.0.0.1"), CLIENT).isOk();
        from(tokenFrom("127.0.0.1"), "rubbish").isOk();
    }

    @Test
    void second_filter_with_other_proxies_decides_about_the_address_that_it_sees() throws Exception {
        handle("/api/x", says("x"));
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/api/x", Requirement.scope("read:learners"))
                .build();
        TrustedProxies peer = TrustedProxies.of(List.of(IpRange.parse("127.0.0.1")));
        start(
                List.of(new LecternAuthFilter(auth, rules), new LecternAuthFilter(auth, rules, peer)),
                UnaryOperator.identity());
        from(tokenFrom("127.0.0.1"), CLIENT).isError(401, "invalid_token");
        assertThat(reached).isEmpty();
        from(tokenFrom("127.0.0.1")).isOk();
    }

    @Test
    void no_proxy_is_trusted_by_default() throws Exception {
        handle("/api/x", says("x"));
        start(RouteRules.builder().guard("GET", "/api/x", Requirement.scope("read:learners")));
        from(tokenFrom(CLIENT), CLIENT).isUnauthorized(true);
        from(tokenFrom("127.0.0.1"), CLIENT).isOk();
    }

    @Test
    void behind_a_trusted_proxy_the_right_most_address_that_is_not_trusted_counts() throws Exception {
        serve("127.0.0.1/32", "198.51.100.0/24");
        String token = tokenFrom(CLIENT);
        from(token, CLIENT).isOk();
        from(token, "10.0.0.1, " + CLIENT).isOk();
        from(token, "10.0.0.1", CLIENT).isOk();
        from(token, "rubbish, " + CLIENT).isOk();
        from(token, CLIENT + ", 198.51.100.7, 127.0.0.1").isOk();
        from(token, CLIENT, "198.51.100.7").isOk();
        from(token, CLIENT + ":51234").isOk();
        from(token, "10.0.0.1:1, " + CLIENT + ":51234, 198.51.100.7:443, [::ffff:127.0.0.1]:80")
                .isOk();
        from(tokenFrom("2001:db8::7"), "[2001:db8::7]:443").isOk();
        assertThat(reached).hasSize(9);

        from(token).isUnauthorized(true);
        from(token, CLIENT + ", 10.0.0.1").isUnauthorized(true);
        from(token, CLIENT, "10.0.0.1").isUnauthorized(true);
        from(token, CLIENT + ", 10.0.0.1, 198.51.100.7").isUnauthorized(true);
        assertThat(reached).hasSize(9);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rubbish",
                "",
                "203.0.113.9,",
                "203.0.113.9, unknown",
                "203.0.113.9, rubbish, 127.0.0.1",
                "203.0.113.9:443x",
                "203.0.113.9:99999",
                "\"203.0.113.9\"",
                "0313.0.0113.011",
                "203.0.113.09",
                "3405803785",
                "203.0.113.9 127.0.0.1",
                "localhost",
            })
    void hop_that_cannot_be_read_is_nowhere(String hops) throws Exception {
        serve("127.0.0.1/32");
        from(tokenFrom(CLIENT), hops).isUnauthorized(true);
        from(tokenFrom("127.0.0.1"), hops).isUnauthorized(true);
        assertThat(reached).isEmpty();
        from(bearer(issue("read:learners")), hops).isOk();
    }
}
