package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.DialectBuilder;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** A response reveals no more in its headers than in its body: neither a resource, nor that a token was verified. */
class HiddenResourceTest {

    private static final LimitPlan LIMITS = LimitPlan.unlimited()
            .with(LimitPlan.READ, RateLimit.perMinute(200))
            .with(LimitPlan.BULK, RateLimit.perMinute(10));

    private static final Requirement MISSING = Requirement.refused(AuthError.of(Kind.NOT_FOUND));
    private static final ApiVersion FIRST = ApiVersion.of("2026-01-01");

    private Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    private static DialectBuilder dialect() {
        return Lectern.DIALECT.toBuilder().limits(LIMITS, LimitHeaders.X_RATE_LIMIT);
    }

    private IssuedToken serve(Dialect dialect) {
        f.close();
        VersionPolicy versions = VersionPolicy.released(FIRST)
                .deprecate(FIRST, Instant.parse("2026-05-01T00:00:00Z"))
                .sunset(FIRST, Instant.parse("2026-09-01T00:00:00Z"));
        f = new Fixture(
                dialect,
                settings -> settings.versions(versions).tenants(id -> Optional.of(new Tenant(id, FIRST, Map.of()))));
        return f.issue();
    }

    /** Returns the complete response, without the request's id. */
    private Map<String, Object> response(Ask ask) {
        Denied denied = f.denied(ask);
        var rendered = f.auth.dialect().render(denied.error(), "r");
        Map<String, Object> response = new HashMap<>(f.auth.headers(denied));
        response.putAll(rendered.headers());
        response.remove("X-Request-Id");
        response.put("status", rendered.status());
        response.put("body", rendered.body());
        return response;
    }

    @Test
    void a_missing_scope_that_answers_as_404_is_the_404_of_a_resource_that_does_not_exist() {
        IssuedToken token = serve(dialect()
                .error(404, "not_found", "The resource does not exist.", Kind.INSUFFICIENT_SCOPE, Kind.FORBIDDEN)
                .error(404, "not_found", "The resource does not exist.", Kind.ENVIRONMENT_MISMATCH)
                .build());
        Map<String, Object> missing = response(Ask.with(token).needing(MISSING));

        assertThat(missing).containsKeys("X-RateLimit-Limit", "Lectern-Version", "Deprecation", "Sunset");
        Requirement finance = Requirement.scope("read:finance");
        for (Requirement hidden : List.of(
                finance,
                finance.policy("bulk"),
                finance.unlimited(),
                Requirement.refused(AuthError.of(Kind.FORBIDDEN)),
                Requirement.anyToken().environment(TokenEnvironment.TEST),
                Requirement.anyToken().environment(TokenEnvironment.TEST).policy("bulk"))) {
            assertThat(response(Ask.with(token).needing(hidden))).isEqualTo(missing);
            assertThat(response(Ask.with(token).needing(hidden).version("1999-01-01")))
                    .isEqualTo(response(Ask.with(token).needing(MISSING).version("1999-01-01")));
            assertThat(response(Ask.with(token).needing(hidden).method("POST")))
                    .isEqualTo(response(Ask.with(token).needing(MISSING).method("POST")));
        }
    }

    @Test
    void a_method_that_answers_as_404_names_no_other_methods() {
        IssuedToken token = serve(dialect()
                .error(404, "not_found", "The resource does not exist.", Kind.METHOD_NOT_ALLOWED)
                .build());

        assertThat(response(Ask.with(token).needing(Requirement.refused(AuthError.methodNotAllowed(List.of("GET"))))))
                .isEqualTo(response(Ask.with(token).needing(MISSING)));
    }

    @Test
    void the_function_for_bodies_gets_the_scopes_of_a_missing_scope_only_if_the_status_shows_it() {
        DialectBuilder builder = Dialect.builder("acme")
                .format(Lectern.DIALECT.format())
                .scopes(Lectern.DIALECT.scopes())
                .standardErrors()
                .errorBody(view -> ErrorBody.object()
                        .put("needed", view.neededScopes().toString())
                        .put("held", view.heldScopes().toString()));
        f.close();
        f = new Fixture(builder.build());
        Ask ask = Ask.with(f.issue()).needing("read:finance");
        Denied denied = f.denied(ask);

        assertThat(f.auth.dialect().render(denied.error(), "r").body())
                .isEqualTo("{\"needed\":\"read:finance\",\"held\":\"read:learners\"}");
        Dialect hiding = f.auth.dialect().toBuilder()
                .error(404, "", "Not Found", Kind.INSUFFICIENT_SCOPE)
                .build();
        assertThat(hiding.render(denied.error(), "r").body()).isEqualTo("{\"needed\":\"\",\"held\":\"\"}");
        assertThat(hiding.render(denied.error(), "r").headers()).doesNotContainKey("WWW-Authenticate");
        Dialect unauthorized = f.auth.dialect().toBuilder()
                .error(401, "missing_scope", "Missing", Kind.INSUFFICIENT_SCOPE)
                .build();
        assertThat(unauthorized.render(denied.error(), "r").body()).contains("read:finance");
        Dialect same = unauthorized.toBuilder()
                .error(401, "missing_scope", "Missing", Kind.UNKNOWN_TOKEN)
                .build();
        assertThat(same.render(denied.error(), "r").body()).doesNotContain("finance");
        assertThat(same.render(denied.error(), "r").headers().get("WWW-Authenticate"))
                .doesNotContain("scope");
        Dialect ok = f.auth.dialect().toBuilder()
                .errorWithStatus200("missing_scope", "Missing", Kind.INSUFFICIENT_SCOPE)
                .build();
        assertThat(ok.render(denied.error(), "r").body()).contains("read:finance");
        assertThat(ok.render(denied.error(), "r").headers()).doesNotContainKey("WWW-Authenticate");
    }

    @Test
    void the_placeholders_of_a_message_show_the_missing_scope_only_if_the_status_shows_it() {
        AuthError missing = AuthError.insufficientScope(ScopeSet.parse("read:finance"));
        DialectBuilder builder = Dialect.builder("acme")
                .format(Lectern.DIALECT.format())
                .scopes(Lectern.DIALECT.scopes())
                .standardErrors()
                .errorBody(view -> ErrorBody.object().put("message", view.message()));
        Dialect shown = builder.error(403, "", "No {action}:{resource}", Kind.INSUFFICIENT_SCOPE)
                .build();
        assertThat(shown.render(missing, "r").body()).isEqualTo("{\"message\":\"No read:finance\"}");
        Dialect hidden = shown.toBuilder()
                .error(404, "", "No {action}:{resource}", Kind.INSUFFICIENT_SCOPE, Kind.NOT_FOUND)
                .build();
        assertThat(hidden.render(missing, "r")).isEqualTo(hidden.render(AuthError.of(Kind.NOT_FOUND), "r"));
    }

    @Test
    void a_revoked_token_is_not_distinguished_from_an_unknown_one_by_headers_whatever_the_status() {
        for (int status : new int[] {200, 403, 404}) {
            Kind[] kinds = {Kind.UNKNOWN_TOKEN, Kind.REVOKED, Kind.FORBIDDEN, Kind.INSUFFICIENT_SCOPE};
            IssuedToken token = serve(
                    status == 200
                            ? dialect().errorWithStatus200("no", "No.", kinds).build()
                            : dialect().error(status, "no", "No.", kinds).build());
            f.auth.tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(Fixture.APP)
                    .revoke(token.id())
                    .orElseThrow();
            Map<String, Object> unknown = response(Ask.with(Fixture.wrong(token)));

            assertThat(unknown).doesNotContainKeys("X-RateLimit-Limit", "Lectern-Version", "Deprecation");
            assertThat(response(Ask.with(token))).as("revoked, %s", status).isEqualTo(unknown);
            IssuedToken valid = f.issue();
            assertThat(response(Ask.with(valid).needing("read:finance")))
                    .as("without a scope, %s", status)
                    .isEqualTo(unknown);
            assertThat(response(Ask.with(valid).needing(Requirement.refused(AuthError.of(Kind.FORBIDDEN)))))
                    .as("forbidden, %s", status)
                    .isEqualTo(unknown);
        }
    }
}
