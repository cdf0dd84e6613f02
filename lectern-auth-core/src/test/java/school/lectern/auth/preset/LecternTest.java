package school.lectern.auth.preset;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.RenderedError;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.version.ApiVersion;

class LecternTest {

    private static final String UNRECOGNIZED = "The API token provided was not recognized.";

    private static RenderedError answer(AuthError error) {
        return Lectern.DIALECT.render(error, "req_2pYxQRk0ZqMnVbT");
    }

    /** Returns the members of the object {@code error}, which is the only member of the body. */
    private static String error(RenderedError answer) {
        assertThat(answer.body()).startsWith("{\"error\":{").endsWith("}}");
        return answer.body().substring("{\"error\":{".length(), answer.body().length() - "}}".length());
    }

    private static String message(RenderedError answer) {
        Matcher members = Pattern.compile("\"code\":\"[a-z_]+\",\"message\":\"([^\"]*)\",.*")
                .matcher(error(answer));
        assertThat(members.matches()).as(answer.body()).isTrue();
        return members.group(1);
    }

    @ParameterizedTest
    @CsvSource({
        "MISSING_CREDENTIAL,    401, invalid_token",
        "OTHER_SCHEME,          401, invalid_token",
        "MALFORMED_CREDENTIAL,  401, invalid_token",
        "MALFORMED_TOKEN,       401, invalid_token",
        "UNKNOWN_TOKEN,         401, invalid_token",
        "REVOKED,               401, invalid_token",
        "SUSPENDED,             401, invalid_token",
        "TENANT_GONE,           401, invalid_token",
        "DISABLED,              401, invalid_token",
        "NOT_YET_VALID,         401, invalid_token",
        "EXPIRED,               401, invalid_token",
        "IDLE,                  401, invalid_token",
        "ADDRESS_NOT_ALLOWED,   401, invalid_token",
        "INSECURE_TRANSPORT,    403, insufficient_scope",
        "ENVIRONMENT_MISMATCH,  403, insufficient_scope",
        "TENANT_MISMATCH,       404, not_found",
        "UNSUPPORTED_VERSION,   422, validation_failed",
        "INSUFFICIENT_SCOPE,    403, insufficient_scope",
        "FORBIDDEN,             403, insufficient_scope",
        "TOKENS_MANAGE_NOTHING, 403, insufficient_scope",
        "NOT_FOUND,             404, not_found",
        "TOKEN_NOT_FOUND,       404, not_found",
        "TENANT_NOT_FOUND,      404, not_found",
        "METHOD_NOT_ALLOWED,    405, method_not_allowed",
        "INVALID_REQUEST,       422, validation_failed",
        "UNSUPPORTED_MEDIA_TYPE, 422, validation_failed",
        "CONFLICT,              409, conflict",
        "NAME_TAKEN,            409, conflict",
        "TOO_MANY_TOKENS,       409, conflict",
        "RATE_LIMITED,          429, rate_limited",
        "CREATION_LIMITED,      429, rate_limited",
        "UNAVAILABLE,           500, internal_error",
        "PENDING,               500, internal_error"
    })
    void each_error_has_its_status_and_code(Kind kind, int status, String code) {
        RenderedError answer = answer(AuthError.of(kind));

        assertThat(answer.status()).isEqualTo(status);
        assertThat(Lectern.DIALECT.status(AuthError.of(kind))).isEqualTo(status);
        assertThat(error(answer)).contains("\"code\":\"" + code + "\"");
        assertThat(error(answer)).contains("\"request_id\":\"req_2pYxQRk0ZqMnVbT\"");
        assertThat(message(answer)).isNotBlank().doesNotContain("{");
        assertThat(answer.headers())
                .containsEntry("X-Request-Id", "req_2pYxQRk0ZqMnVbT")
                .containsEntry("Cache-Control", "no-store");
        if (code.equals("invalid_token")) {
            assertThat(message(answer)).isEqualTo(UNRECOGNIZED);
        }
    }

    @Test
    void the_table_above_names_every_kind() throws NoSuchMethodException {
        String[] table = LecternTest.class
                .getDeclaredMethod("each_error_has_its_status_and_code", Kind.class, int.class, String.class)
                .getAnnotation(CsvSource.class)
                .value();

        assertThat(Arrays.stream(table).map(row -> Kind.valueOf(row.split(",")[0])))
                .containsExactlyInAnyOrder(Kind.values());
    }

    @Test
    void the_body_has_the_documented_members_in_their_order() {
        RenderedError answer = answer(AuthError.of(Kind.UNKNOWN_TOKEN));

        assertThat(answer.body())
                .isEqualTo("{\"error\":{\"code\":\"invalid_token\",\"message\":\"" + UNRECOGNIZED
                        + "\",\"request_id\":\"req_2pYxQRk0ZqMnVbT\"}}");
    }

    @Test
    void an_error_without_a_code_has_no_such_member() {
        Dialect uncoded =
                Lectern.DIALECT.toBuilder().error(401, "", "no", Kind.REVOKED).build();

        assertThat(uncoded.render(AuthError.of(Kind.REVOKED), "r").body())
                .isEqualTo("{\"error\":{\"message\":\"no\",\"request_id\":\"r\"}}");
    }

    @ParameterizedTest
    @EnumSource
    void a_challenge_is_on_every_401_and_on_a_denial_for_a_missing_scope(Kind kind) {
        RenderedError answer = answer(AuthError.of(kind));

        boolean challenged = answer.status() == 401 || kind == Kind.INSUFFICIENT_SCOPE;
        assertThat(answer.headers().containsKey("WWW-Authenticate")).isEqualTo(challenged);
        if (answer.status() == 401) {
            String expected = kind == Kind.MISSING_CREDENTIAL
                    ? "Bearer realm=\"lectern\""
                    : "Bearer realm=\"lectern\", error=\"invalid_token\"";
            assertThat(answer.headers()).containsEntry("WWW-Authenticate", expected);
        }
    }

    @Test
    void a_denial_for_want_of_scope_names_the_scopes() {
        RenderedError answer = answer(AuthError.insufficientScope(ScopeSet.parse("write:finance read:learners")));

        assertThat(answer.headers())
                .containsEntry(
                        "WWW-Authenticate",
                        "Bearer realm=\"lectern\", error=\"insufficient_scope\","
                                + " scope=\"write:finance read:learners\"");
    }

    @Test
    void a_failed_validation_has_details() {
        RenderedError answer = answer(AuthError.invalid(
                List.of(new FieldError("name", "is too long"), new FieldError("scopes", "must name one"))));

        assertThat(error(answer))
                .endsWith(",\"details\":[{\"field\":\"name\",\"message\":\"is too long\"},"
                        + "{\"field\":\"scopes\",\"message\":\"must name one\"}]");
    }

    @Test
    void a_version_that_cannot_be_served_names_the_header() {
        RenderedError answer = answer(AuthError.unsupportedVersion("Lectern-Version"));

        assertThat(answer.status()).isEqualTo(422);
        assertThat(error(answer))
                .matches(".*,\"details\":\\[\\{\"field\":\"Lectern-Version\",\"message\":\"[^\"]+\"}]");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INVALID_REQUEST")
    void other_errors_have_no_details(Kind kind) {
        assertThat(error(answer(AuthError.of(kind)))).doesNotContain("\"details\"");
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "999, 1", "1000, 1", "1001, 2", "29999, 30", "30000, 30", "30001, 31"})
    void the_wait_is_whole_seconds_rounded_up_and_at_least_one(long millis, String seconds) {
        for (Kind kind : Set.of(Kind.RATE_LIMITED, Kind.CREATION_LIMITED)) {
            RenderedError answer = answer(AuthError.limited(kind, Duration.ofMillis(millis)));
            assertThat(answer.headers()).containsEntry("Retry-After", seconds);
            assertThat(message(answer)).contains(" " + seconds + " seconds");
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RATE_LIMITED", "CREATION_LIMITED"})
    void nothing_else_names_a_wait_or_a_method(Kind kind) {
        assertThat(answer(AuthError.of(kind)).headers()).doesNotContainKeys("Retry-After", "Allow");
    }

    @Test
    void a_wrong_method_names_the_right_ones() {
        assertThat(answer(AuthError.methodNotAllowed(List.of("GET", "POST"))).headers())
                .containsEntry("Allow", "GET, POST");
    }

    @Test
    void headers_announce_limits_and_version() {
        long reset = Instant.parse("2026-05-07T13:24:00Z").toEpochMilli();
        Denied denied = Denied.of(
                "req_1",
                AuthError.of(Kind.NOT_FOUND),
                Optional.empty(),
                Optional.of(ApiVersion.of("2026-01-01")),
                List.of(RateLimitResult.of(
                        LimitPlan.READ, LimitStatus.of(true, 200, 187, reset - 1, 0, 60_000, reset - 24_000))));

        assertThat(Lectern.DIALECT.headers(denied))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "X-Request-Id", "req_1",
                        "X-RateLimit-Limit", "200",
                        "X-RateLimit-Remaining", "187",
                        "X-RateLimit-Reset", "2026-05-07T13:24:00Z",
                        "Lectern-Version", "2026-01-01"));
    }

    @Test
    void nothing_is_told_where_nothing_is_known() {
        Denied denied =
                Denied.of("req_1", AuthError.of(Kind.UNKNOWN_TOKEN), Optional.empty(), Optional.empty(), List.of());

        assertThat(Lectern.DIALECT.headers(denied)).containsOnlyKeys("X-Request-Id");
    }

    @Test
    void there_are_limits_for_reads_writes_and_bulk() {
        assertThat(Lectern.DIALECT.limits().limits())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        LimitPlan.READ, RateLimit.perMinute(200),
                        LimitPlan.WRITE, RateLimit.perMinute(60),
                        LimitPlan.BULK, RateLimit.perMinute(10)));
    }
}
