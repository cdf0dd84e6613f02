package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.token.IssuedToken;

/** The filter together with an authenticator of the application. */
abstract class CoexistenceBehaviour extends Behaviour {

    private static final String ORIGIN = "Origin: https://app.example";
    private static final String WANTED = "Access-Control-Request-Method: GET";

    private IssuedToken token;

    @BeforeEach
    void serve() throws Exception {
        token = issue("read:learners");
        handle("/shared", (request, response) -> {
            reached.add("shared");
            response.getOutputStream().print(request.getUserPrincipal() == null ? "nobody" : request.getRemoteUser());
        });
        handle("/own", says("own"));
        start(RouteRules.builder()
                .guardOrPassThrough("GET", "/shared", Requirement.scope("read:learners"))
                .guard("GET", "/own", Requirement.scope("read:learners"))
                .preflight("/own"));
    }

    private String[] filled(List<String> headers) {
        return headers.stream()
                .map(header -> header.replace("<token>", token.secret().expose()))
                .toArray(String[]::new);
    }

    static Stream<List<String>> foreign() {
        return Stream.of(
                List.of(),
                List.of("Authorization: Basic dXNlcjpwYXNzd29yZA=="),
                List.of("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"),
                List.of("Authorization: Bearer sk_live_other_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000"),
                List.of("Authorization: Bearer"),
                List.of("Authorization:"),
                List.of("Authorization: Digest username=\"u\", nonce=\"n\""),
                List.of("Authorization: Basic dXNlcg==", "Authorization: Bearer foreign"),
                List.of("Cookie: session=<token>"));
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void shared_route_passes_others_on_without_a_principal(List<String> headers) throws IOException {
        Reply reply = raw("GET /shared", filled(headers)).isOk();
        assertThat(reply.body()).isEqualTo("nobody");
        assertThat(reply.headers().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        assertThat(reply.header("X-Request-Id")).matches("req_[0-9A-Za-z]{15}");
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void guarded_route_refuses_others(List<String> headers) throws IOException {
        boolean credential = headers.stream().anyMatch(header -> header.startsWith("Authorization"));
        raw("GET /own", filled(headers)).isUnauthorized(credential);
        assertThat(reached).isEmpty();
    }

    @Test
    void shared_route_lets_a_token_of_ours_in_as_the_principal() {
        assertThat(get("/shared", bearer(token))
                        .isOk()
                        .hasLimits(200, 199, RESET)
                        .body())
                .isEqualTo(token.id());
        get("/shared", bearer(issue("write:learners"))).isError(403, "insufficient_scope");
    }

    static Stream<List<String>> ours() {
        String dead = "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000";
        return Stream.of(
                List.of("Authorization: Bearer " + dead),
                List.of("Authorization: Bearer sk_test_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000"),
                List.of("Authorization: Bearer sk_live_lectern_"),
                List.of("Authorization: Bearer sk_live_lectern_short"),
                List.of("Authorization: Bearer\t<token>"),
                List.of("Authorization: Bearer \t<token>"),
                List.of("Authorization: Bearer <token>,"),
                List.of("Authorization: Bearer <token> <token>"),
                List.of("Authorization: Bearer foreign, Bearer <token>"),
                List.of("Authorization: Bearer foreign,<token>"),
                List.of("Authorization: <token>"),
                List.of("Authorization: Basic <token>"),
                List.of("Authorization: Token <token>"),
                List.of("Authorization: Basic dXNlcg==", "Authorization: Bearer <token>"),
                List.of("Authorization: Bearer <token>", "Authorization: Basic dXNlcg=="),
                List.of("Authorization: Bearer <token>", "Authorization: Bearer <token>"),
                List.of("Authorization: Bearer foreign", "Authorization: " + dead));
    }

    @ParameterizedTest
    @MethodSource("ours")
    void shared_route_judges_whatever_starts_as_tokens_of_ours_do(List<String> headers) throws IOException {
        raw("GET /shared", filled(headers)).isUnauthorized(true);
        assertThat(reached).isEmpty();
    }

    @Test
    void shared_route_without_its_path_or_method_admits_no_request() throws IOException {
        raw("GET /shared/more").isUnauthorized(false);
        raw("POST /shared").isUnauthorized(false);
        raw("GET /shared;x").isUnauthorized(false);
        assertThat(reached).isEmpty();
    }

    @Test
    void preflights_pass_where_they_may() throws IOException {
        raw("OPTIONS /own", ORIGIN, WANTED).isOk();
        assertThat(reached).containsExactly("own");
    }

    @Test
    void request_that_is_not_a_preflight_is_authenticated() throws IOException {
        raw("OPTIONS /own").isUnauthorized(false);
        raw("OPTIONS /own", ORIGIN).isUnauthorized(false);
        raw("OPTIONS /own", WANTED).isUnauthorized(false);
        raw("GET /own", ORIGIN, WANTED).isUnauthorized(false);
        raw("POST /own", ORIGIN, WANTED).isUnauthorized(false);
        raw("OPTIONS /shared", ORIGIN, WANTED).isUnauthorized(false);
        raw("OPTIONS /own/more", ORIGIN, WANTED).isUnauthorized(false);
        Reply reply = raw("OPTIONS /own", bearer(token)).isError(405, "method_not_allowed");
        assertThat(reply.header("Allow")).isEqualTo("GET");
        assertThat(reached).isEmpty();
    }
}
