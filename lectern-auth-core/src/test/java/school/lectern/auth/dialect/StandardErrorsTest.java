package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.preset.Lectern;

class StandardErrorsTest {

    private static DialectBuilder standard() {
        return Dialect.builder("standard")
                .format(Lectern.DIALECT.format())
                .requestIds(RequestIds.random("", TokenBody.BASE62, 15))
                .errorBody(view -> ErrorBody.object()
                        .put("code", view.code().orElseThrow())
                        .put("message", view.message()))
                .standardErrors();
    }

    private static String text(RenderedError answer, String member) {
        Matcher found = Pattern.compile("\"" + member + "\":\"([^\"]*)\"").matcher(answer.body());
        assertThat(found.find()).as("%s in %s", member, answer.body()).isTrue();
        return found.group(1);
    }

    @ParameterizedTest
    @CsvSource({
        "MISSING_CREDENTIAL,    401, missing_token",
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
        "INSECURE_TRANSPORT,    403, insecure_transport",
        "ENVIRONMENT_MISMATCH,  403, forbidden",
        "TENANT_MISMATCH,       404, not_found",
        "UNSUPPORTED_VERSION,   400, invalid_request",
        "INSUFFICIENT_SCOPE,    403, insufficient_scope",
        "FORBIDDEN,             403, forbidden",
        "TOKENS_MANAGE_NOTHING, 403, forbidden",
        "NOT_FOUND,             404, not_found",
        "TOKEN_NOT_FOUND,       404, not_found",
        "TENANT_NOT_FOUND,      404, not_found",
        "METHOD_NOT_ALLOWED,    405, method_not_allowed",
        "INVALID_REQUEST,       400, invalid_request",
        "UNSUPPORTED_MEDIA_TYPE, 415, unsupported_media_type",
        "CONFLICT,              409, conflict",
        "NAME_TAKEN,            409, conflict",
        "TOO_MANY_TOKENS,       409, conflict",
        "RATE_LIMITED,          429, rate_limited",
        "CREATION_LIMITED,      429, rate_limited",
        "UNAVAILABLE,           503, service_unavailable",
        "PENDING,               503, service_unavailable"
    })
    void each_error_has_its_status_and_code(Kind kind, int status, String code) {
        RenderedError answer = standard().build().render(AuthError.of(kind), "r");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(text(answer, "code")).isEqualTo(code);
        assertThat(text(answer, "message")).isNotBlank().doesNotContain("{");
        if (code.equals("invalid_token")) {
            assertThat(text(answer, "message")).isEqualTo("The API token is not valid.");
        }
    }

    @Test
    void the_table_above_names_every_kind() throws NoSuchMethodException {
        String[] table = StandardErrorsTest.class
                .getDeclaredMethod("each_error_has_its_status_and_code", Kind.class, int.class, String.class)
                .getAnnotation(CsvSource.class)
                .value();

        assertThat(Arrays.stream(table).map(row -> Kind.valueOf(row.split(",")[0])))
                .containsExactlyInAnyOrder(Kind.values());
    }

    @Test
    void single_answers_can_be_replaced() {
        Dialect dialect = standard()
                .error(410, "revoked_token", "The token was revoked.", Kind.REVOKED)
                .build();

        assertThat(dialect.status(AuthError.of(Kind.REVOKED))).isEqualTo(410);
        assertThat(dialect.status(AuthError.of(Kind.EXPIRED))).isEqualTo(401);
    }

    @Test
    void one_answer_replaces_those_of_a_category_except_single_ones() {
        Dialect dialect = standard()
                .error(410, "revoked", "The token was revoked.", Kind.REVOKED)
                .error(401, "unauthorized", "No.", Category.CREDENTIAL)
                .error(401, "missing", "Send a token.", Kind.MISSING_CREDENTIAL)
                .error(500, "outage", "Try again.", Category.UNAVAILABLE)
                .errorWithStatus200("absent", "Not there.", Category.NOT_FOUND)
                .build();
        for (Kind kind : Kind.values()) {
            String code = text(dialect.render(AuthError.of(kind), "r"), "code");
            switch (kind) {
                case REVOKED -> assertThat(code).isEqualTo("revoked");
                case MISSING_CREDENTIAL -> assertThat(code).isEqualTo("missing");
                default ->
                    assertThat(code)
                            .isEqualTo(
                                    switch (kind.category()) {
                                        case CREDENTIAL -> "unauthorized";
                                        case UNAVAILABLE -> "outage";
                                        case NOT_FOUND -> "absent";
                                        default -> text(standard().build().render(AuthError.of(kind), "r"), "code");
                                    });
            }
        }
        assertThat(dialect.status(AuthError.of(Kind.METHOD_NOT_ALLOWED))).isEqualTo(200);
        assertThat(text(dialect.render(AuthError.of(Kind.PENDING), "r"), "message"))
                .startsWith("The change was made");
        DialectBuilder again = dialect.toBuilder().error(403, "no", "No.", Category.CREDENTIAL);
        assertThat(again.build().status(AuthError.of(Kind.REVOKED))).isEqualTo(403);
        assertThatThrownBy(() -> again.error(403, "no", "No.", Kind.UNKNOWN_TOKEN))
                .hasMessage("UNKNOWN_TOKEN must be set once, but was set before: remove one of the calls");
        assertThatThrownBy(() -> again.error(403, "no", "No.", Category.UNAVAILABLE))
                .hasMessageContaining("status of UNAVAILABLE must be from 500 to 599");
    }

    @Test
    void the_message_states_the_violation_and_the_waiting_time() {
        Dialect dialect = standard().build();

        assertThat(text(dialect.render(AuthError.invalid("name", "is required"), "r"), "message"))
                .isEqualTo("Invalid name: is required.");
        assertThat(text(
                        dialect.render(AuthError.limited(Kind.RATE_LIMITED, Duration.ofMillis(23_001)), "r"),
                        "message"))
                .isEqualTo("The limit is used up. Retry after 24 seconds.");
    }
}
