package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.preset.Lectern;

class ProblemDetailsTest {

    private static final URI BASE = URI.create("https://docs.example/problems#");

    private static DialectBuilder standard() {
        return Dialect.builder("standard")
                .format(Lectern.DIALECT.format())
                .requestIds(RequestIds.random("", TokenBody.BASE62, 15))
                .standardErrors();
    }

    private static String body(Dialect dialect, AuthError error) {
        RenderedError answer = dialect.render(error, "req_1");
        assertThat(answer.mediaType()).isEqualTo("application/problem+json");
        return answer.body();
    }

    @Test
    void a_problem_of_no_type_but_its_status_is_titled_by_it() {
        Dialect dialect = standard().problemDetails().build();

        assertThat(body(dialect, AuthError.of(Kind.REVOKED)))
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,"
                        + "\"detail\":\"The API token is not valid.\",\"code\":\"invalid_token\","
                        + "\"request_id\":\"req_1\"}");
    }

    @Test
    void a_problem_of_a_type_is_typed_by_its_code_and_names_the_fields() {
        Dialect dialect = standard().problemDetails(BASE).build();
        AuthError error = AuthError.invalid(List.of(new FieldError("a", "is b"), new FieldError("c", "is d")));

        assertThat(body(dialect, error))
                .isEqualTo("{\"type\":\"https://docs.example/problems#invalid_request\",\"title\":\"Bad Request\","
                        + "\"status\":400,\"detail\":\"Invalid a: is b.\",\"code\":\"invalid_request\","
                        + "\"request_id\":\"req_1\",\"errors\":[{\"field\":\"a\",\"message\":\"is b\"},"
                        + "{\"field\":\"c\",\"message\":\"is d\"}]}");
    }

    @Test
    void a_dialect_without_codes_has_problems_without_types() {
        Dialect dialect = standard()
                .error(518, "", "no", Kind.values())
                .problemDetails(BASE)
                .build();

        assertThat(body(dialect, AuthError.of(Kind.CONFLICT)))
                .isEqualTo("{\"title\":\"Server Error\",\"status\":518,\"detail\":\"no\",\"request_id\":\"req_1\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "400, Bad Request",
        "401, Unauthorized",
        "403, Forbidden",
        "404, Not Found",
        "405, Method Not Allowed",
        "409, Conflict",
        "422, Unprocessable Content",
        "429, Too Many Requests",
        "499, Client Error",
        "500, Internal Server Error",
        "503, Service Unavailable",
        "599, Server Error"
    })
    void the_title_is_the_phrase_of_the_status(int status, String phrase) {
        Dialect dialect = standard()
                .problemDetails()
                .error(status, "x", "y", Kind.CONFLICT)
                .build();

        assertThat(body(dialect, AuthError.of(Kind.CONFLICT)))
                .contains("\"title\":\"" + phrase + "\",\"status\":" + status + ",");
    }

    @Test
    void a_problem_can_be_extended() {
        Function<ErrorView, ErrorBody> problem = ProblemDetails.untyped();
        Dialect dialect = standard()
                .errorBody(
                        ProblemDetails.MEDIA_TYPE,
                        view -> problem.apply(view).put("instance", "/requests/" + view.requestId()))
                .build();

        assertThat(body(dialect, AuthError.of(Kind.CONFLICT)))
                .startsWith("{\"type\":\"about:blank\",")
                .endsWith(",\"instance\":\"/requests/req_1\"}");
    }

    @Test
    void any_other_body_is_sent_as_json() {
        Dialect dialect = standard().problemDetails().build().toBuilder()
                .errorBody(view -> ErrorBody.object().put("error", view.message()))
                .build();

        assertThat(dialect.render(AuthError.of(Kind.CONFLICT), "r").mediaType()).isEqualTo("application/json");
        assertThat(standard().problemDetails().build().toBuilder()
                        .build()
                        .render(AuthError.of(Kind.CONFLICT), "r")
                        .mediaType())
                .isEqualTo("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "json",
                "application/",
                "application/json; charset=utf-8",
                "application/json\r\nX: y",
                "a/b/c"
            })
    void a_media_type_that_could_break_the_header_is_refused(String mediaType) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> standard().errorBody(mediaType, ProblemDetails.untyped()))
                .withMessageStartingWith("mediaType must ");
    }
}
