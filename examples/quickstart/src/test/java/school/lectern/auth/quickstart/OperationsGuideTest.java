package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.IssuedToken;

/** The guide's Java code compiles, and has the effects that the guide describes. */
class OperationsGuideTest {

    private static final Guide GUIDE = Guide.of("docs/operations.md");
    private static final Requirement READ = Requirement.scope("read:learners");

    private final AskedStore store = new AskedStore();
    private final LecternAuth auth = OperationsExamples.listening(store.storage());
    private final LecternAuth issuer = auth;

    @AfterEach
    void close() {
        auth.close();
    }

    private IssuedToken issue(String tenantId, Actor actor) {
        NewToken settings = NewToken.named("CI")
                .scopes("read:learners")
                .expiresAt(Instant.now().plusSeconds(3600));
        return issuer.tenant(tenantId).tokens().actingAs(actor).issue(settings).orElseThrow();
    }

    private AuthRequest request(IssuedToken token) {
        List<String> bearer = List.of("Bearer " + token.secret().expose());
        return new AuthRequest(
                auth.newRequestId(), "GET", "/", null, name -> name.equals("Authorization") ? bearer : List.of());
    }

    private Kind refusal(IssuedToken token) {
        Decision decision = auth.authenticate(request(token), READ);
        assertThat(decision).isInstanceOf(Denied.class);
        return ((Denied) decision).error().kind();
    }

    private boolean isRevoked(IssuedToken token) {
        return issuer.tenant(token.token().tenantId())
                .tokens()
                .get(token.id())
                .orElseThrow()
                .isRevoked();
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), OperationsExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(20);
        GUIDE.isReadable();
    }

    @Test
    void a_token_is_issued_changed_and_replaced() {
        IssuedToken issued = OperationsExamples.issue(issuer, Actor.application());
        assertThat(issued.secret().expose()).startsWith("sk_test_");
        IssuedToken rotated = issue("123", Actor.application());
        IssuedToken leaked = issue("123", Actor.application());
        TokenOperations tokens = issuer.tenant("123").tokens();
        OperationsExamples.update(tokens, rotated.id());

        List<IssuedToken> replaced = OperationsExamples.replace(tokens, rotated.id(), leaked.id());
        assertThat(refusal(leaked)).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(List.of(rotated, replaced.get(0), replaced.get(1)))
                .allSatisfy(token ->
                        assertThat(auth.authenticate(request(token), READ)).isInstanceOf(Allowed.class));
    }

    @Test
    void tokens_end_one_by_one_by_tenant_by_maker_and_by_secret() {
        Actor ada = Actor.user("ada", Grant.everything());
        IssuedToken tenants = issue("123", Actor.application());
        IssuedToken adas = issue("456", ada);
        IssuedToken leaked = issue("456", Actor.application());
        IssuedToken other = issue("456", Actor.application());

        OperationsExamples.end(issuer, "none", leaked.secret().expose(), Actor.application());
        assertThat(List.of(tenants, adas, leaked)).allMatch(this::isRevoked);
        assertThat(isRevoked(other)).isFalse();
    }

    @Test
    void a_suspended_tenants_tokens_are_denied_also_new_ones_until_it_is_resumed() {
        IssuedToken before = issue("123", Actor.application());
        OperationsExamples.suspend(issuer, Actor.application());
        IssuedToken meanwhile = issue("123", Actor.application());
        assertThat(refusal(before)).isEqualTo(Kind.SUSPENDED);
        assertThat(refusal(meanwhile)).isEqualTo(Kind.SUSPENDED);
        assertThat(issuer.tenant("123").tokens().get(before.id()).orElseThrow().tenantSuspended())
                .isTrue();

        OperationsExamples.resume(issuer, Actor.application());
        assertThat(auth.authenticate(request(before), READ)).isInstanceOf(Allowed.class);
        assertThat(auth.authenticate(request(meanwhile), READ)).isInstanceOf(Allowed.class);
    }

    @Test
    void a_disabled_token_is_denied_until_it_is_enabled() {
        IssuedToken token = issue("123", Actor.application());
        TokenOperations tokens = issuer.tenant("123").tokens();
        OperationsExamples.disable(tokens, token.id());
        assertThat(refusal(token)).isEqualTo(Kind.DISABLED);
        OperationsExamples.enable(tokens, token.id());
        assertThat(auth.authenticate(request(token), READ)).isInstanceOf(Allowed.class);
        IssuedToken later = tokens.issue(OperationsExamples.later()).orElseThrow();
        assertThat(refusal(later)).isEqualTo(Kind.NOT_YET_VALID);
    }

    @Test
    void an_erased_tenant_has_no_tokens_and_gets_none() {
        IssuedToken token = issue("123", Actor.application());
        OperationsExamples.erase(issuer, Actor.application());
        assertThat(refusal(token)).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(issuer.tenant("123").tokens().list(CursorPage.START, 10).items())
                .isEmpty();
        assertThatThrownBy(() -> issue("123", Actor.application())).hasMessageContaining("TENANT_NOT_FOUND");
    }

    @Test
    void a_handler_that_asks_again_sees_a_revocation_and_takes_no_permit() throws Exception {
        IssuedToken token = issue("123", Actor.application());
        String credential = "Authorization: Bearer " + token.secret().expose();
        List<String> stops = new ArrayList<>();
        GuardedJetty server = new GuardedJetty(
                new LecternAuthFilter(
                        auth, RouteRules.builder().guard("GET", "/", READ).build()),
                (request, response) -> {
                    TokenPrincipal principal =
                            LecternAuthFilter.findPrincipal(request).orElseThrow();
                    stops.add(OperationsExamples.workOn(principal)
                            .map(AuthError::toString)
                            .orElse("go on"));
                    issuer.tenant("123").tokens().revoke(token.id()).orElseThrow();
                    stops.add(OperationsExamples.workOn(principal)
                            .map(AuthError::toString)
                            .orElse("go on"));
                });
        try {
            assertThat(server.wire().raw("GET /", credential)).contains("X-RateLimit-Remaining: 199");
        } finally {
            server.stop();
        }
        assertThat(stops).containsExactly("go on", "REVOKED");
    }

    @Test
    void a_recheck_without_a_filter_takes_no_permit_either() {
        AuthRequest request = request(issue("123", Actor.application()));
        assertThat(remaining(auth.authenticate(request, READ))).isEqualTo(199);
        assertThat(auth.recheck(request, READ)).isInstanceOf(Allowed.class);
        assertThat(remaining(auth.recheck(request, READ))).isEqualTo(199);
        assertThat(remaining(auth.authenticate(request, READ))).isEqualTo(198);
    }

    private static long remaining(Decision decision) {
        return decision.limits().get(0).status().remaining();
    }

    @Test
    void tokens_that_end_soon_come_in_pages() {
        issue("123", Actor.application());
        issue("456", Actor.application());
        Instant now = Instant.now();
        assertThat(issuer.acrossTenants()
                        .expiringBefore(now.plusSeconds(7200), CursorPage.START, 500)
                        .items())
                .hasSize(2);
        assertThat(OperationsExamples.endingSoon(issuer, now)).hasSize(2);
    }

    @Test
    void open_and_preflight_routes_ask_no_store_whatever_credential_comes() throws Exception {
        String credential = "Authorization: Bearer "
                + issue("123", Actor.application()).secret().expose();
        String[] preflight = {credential, "Origin: https://app.example", "Access-Control-Request-Method: GET"};
        RouteRules rules = RouteRules.builder()
                .permitAll("GET", "/health")
                .preflight("/v1/learners")
                .build();
        GuardedJetty server = new GuardedJetty(
                new LecternAuthFilter(auth, rules),
                (request, response) -> response.getOutputStream().print("in"));
        try {
            assertThat(server.wire().raw("GET /health", credential)).startsWith("HTTP/1.1 200");
            assertThat(server.wire().raw("OPTIONS /v1/learners", preflight)).startsWith("HTTP/1.1 200");
            assertThat(store.finds()).isZero();
            assertThat(server.wire().raw("GET /v1/learners", credential)).startsWith("HTTP/1.1 404");
            assertThat(store.finds()).isEqualTo(1);
        } finally {
            server.stop();
        }
    }
}
