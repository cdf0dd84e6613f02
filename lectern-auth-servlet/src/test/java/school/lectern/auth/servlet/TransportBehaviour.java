package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.ExposedToken;

/** Requests over insecure transport, with and without a proxy. */
abstract class TransportBehaviour extends Behaviour {

    private final List<ExposedToken> exposed = new CopyOnWriteArrayList<>();
    private String valid;

    private void serve(String... proxies) throws Exception {
        auth = judge(
                Lectern.DIALECT,
                settings -> settings.requireSecureTransport().listener(new AuthListener() {
                    @Override
                    public void exposed(ExposedToken token) {
                        exposed.add(token);
                    }
                }));
        valid = bearer(issue("read:learners"));
        handle("/api/x", says("x"));
        handle("/open", says("open"));
        handle("/shared", says("shared"));
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/api/x", Requirement.scope("read:learners"))
                .guardOrPassThrough("GET", "/shared", Requirement.anyToken())
                .permitAll("GET", "/open")
                .permitAll("*", "/api/v1/orgs/**")
                .build();
        TrustedProxies trusted =
                TrustedProxies.of(List.of(proxies).stream().map(IpRange::parse).toList());
        serve("/api/v1/orgs/*", new ManagementServlet(auth, request -> Optional.empty(), tenants, trusted));
        start(List.of(new LecternAuthFilter(auth, rules, trusted)), UnaryOperator.identity());
    }

    private String unknown() {
        return "Authorization: Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1234";
    }

    /** Returns all bytes of a response that do not differ between any two responses. */
    private static String constant(Reply reply) {
        Map<String, List<String>> headers = new java.util.TreeMap<>(reply.headers());
        headers.remove("date");
        String id = reply.header("X-Request-Id");
        return reply.status() + " " + headers.toString().replace(id, "ID")
                + reply.body().replace(id, "ID");
    }

    @Test
    void every_credential_gets_the_same_403_without_a_challenge() throws Exception {
        serve();
        Reply first = raw("GET /api/x", valid).isError(403, "insufficient_scope");
        assertThat(first.header("WWW-Authenticate")).isNull();
        assertThat(first.header("X-RateLimit-Limit")).isNull();
        List<String> answers = new ArrayList<>();
        for (String header : List.of(valid, unknown(), "Authorization: Bearer x", "Authorization: Basic dTpw")) {
            answers.add(constant(raw("GET /api/x", header)));
        }
        answers.add(constant(raw("GET /api/x")));
        assertThat(answers).containsOnly(constant(first));
        assertThat(reached).isEmpty();
        auth.close();
        assertThat(exposed).hasSize(2);
        assertThat(log.text()).containsOnlyOnce("sent a token over insecure transport");
    }

    @Test
    void an_open_route_and_a_shared_one_refuse_only_tokens() throws Exception {
        serve();
        for (String path : List.of("/open", "/shared")) {
            raw("GET " + path, valid).isError(403, "insufficient_scope");
            raw("GET " + path, unknown()).isError(403, "insufficient_scope");
            assertThat(reached).isEmpty();
            raw("GET " + path).isOk();
            raw("GET " + path, "Authorization: Basic dTpw").isOk();
            reached.clear();
        }
    }

    @Test
    void the_management_api_is_closed() throws Exception {
        serve();
        raw("GET /api/v1/orgs/123/api-tokens").isError(403, "insufficient_scope");
        raw("GET /api/v1/orgs/123/api-tokens", "Authorization: Basic dTpw").isError(403, "insufficient_scope");
        raw("GET /api/v1/orgs/nowhere").isError(403, "insufficient_scope");
    }

    @Test
    void a_trusted_proxy_reports_the_transport_of_its_client() throws Exception {
        serve("127.0.0.1");
        raw("GET /api/x", valid, "X-Forwarded-Proto: https").isOk();
        raw("GET /api/x", valid, "Forwarded: for=192.0.2.1;proto=https").isOk();
        raw("GET /api/x", "X-Forwarded-Proto: https").isUnauthorized(false);
        raw("GET /api/x", valid, "X-Forwarded-Proto: http").isError(403, "insufficient_scope");
        raw("GET /api/x", valid, "X-Forwarded-Proto: https, http").isError(403, "insufficient_scope");
        raw("GET /api/x", valid, "X-Forwarded-Proto: https", "X-Forwarded-Proto: http")
                .isError(403, "insufficient_scope");
        raw("GET /api/x", valid, "Forwarded: for=192.0.2.1;proto=http").isError(403, "insufficient_scope");
        raw("GET /api/x", valid).isError(403, "insufficient_scope");
        raw("GET /api/v1/orgs/123/api-tokens", "X-Forwarded-Proto: https").isUnauthorized(false);
    }

    @Test
    void another_peer_is_not_believed_to_be_a_proxy() throws Exception {
        serve("10.0.0.0/8");
        raw("GET /api/x", valid, "X-Forwarded-Proto: https").isError(403, "insufficient_scope");
        raw("GET /api/x", valid, "Forwarded: proto=https").isError(403, "insufficient_scope");
    }

    @Test
    void the_transport_does_not_matter_by_default() throws Exception {
        handle("/api/x", says("x"));
        valid = bearer(issue("read:learners"));
        start(RouteRules.builder().guard("GET", "/api/x", Requirement.anyToken()));
        raw("GET /api/x", valid, "X-Forwarded-Proto: http").isOk();
    }
}
