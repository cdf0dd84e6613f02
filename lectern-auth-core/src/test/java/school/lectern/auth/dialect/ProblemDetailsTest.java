package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Envelope.Arr;
import school.lectern.auth.dialect.Envelope.Num;
import school.lectern.auth.dialect.Envelope.Obj;
import school.lectern.auth.dialect.Envelope.Slot;
import school.lectern.auth.dialect.Envelope.Text;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.preset.Lectern;

class ProblemDetailsTest {

    private static final URI BASE = URI.create("https://docs.example/problems#");

    private static Dialect.Builder standard() {
        return Dialect.builder("standard")
                .format(Lectern.DIALECT.format())
                .requestIds(RequestIds.random("", TokenBody.BASE62, 15))
                .standardErrors();
    }

    private static Obj body(Dialect dialect, AuthError error) {
        RenderedError answer = dialect.render(error, "req_1");
        assertThat(answer.mediaType()).isEqualTo("application/problem+json");
        return (Obj) answer.body();
    }

    @Test
    void a_problem_of_no_type_but_its_status_is_titled_by_it() {
        Dialect dialect = standard().problemDetails().build();

        assertThat(body(dialect, AuthError.of(Kind.REVOKED)).members())
                .containsExactly(
                        entry("type", new Text("about:blank")),
                        entry("title", new Text("Unauthorized")),
                        entry("status", new Num(401)),
                        entry("detail", new Text("The API token is not valid.")),
                        entry("code", new Text("invalid_token")),
                        entry("request_id", new Text("req_1")));
    }

    @Test
    void a_problem_of_a_type_is_typed_by_its_code_and_names_the_fields() {
        Dialect dialect = standard().problemDetails(BASE).build();
        AuthError error = AuthError.invalid(List.of(new FieldError("a", "is b"), new FieldError("c", "is d")));

        assertThat(body(dialect, error).members())
                .containsExactly(
                        entry("type", new Text("https://docs.example/problems#invalid_request")),
                        entry("title", new Text("Bad Request")),
                        entry("status", new Num(400)),
                        entry("detail", new Text("Invalid a: is b.")),
                        entry("code", new Text("invalid_request")),
                        entry("request_id", new Text("req_1")),
                        entry("errors", new Arr(List.of(field("a", "is b"), field("c", "is d")))));
    }

    private static Envelope field(String name, String message) {
        return Envelope.object("field", new Text(name), "message", new Text(message));
    }

    @Test
    void a_dialect_without_codes_has_problems_without_types() {
        Dialect dialect = standard()
                .error(418, "", "no", Kind.values())
                .problemDetails(BASE)
                .build();

        assertThat(body(dialect, AuthError.of(Kind.CONFLICT)).members())
                .containsExactly(
                        entry("title", new Text("Client Error")),
                        entry("status", new Num(418)),
                        entry("detail", new Text("no")),
                        entry("request_id", new Text("req_1")));
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

        assertThat(body(dialect, AuthError.of(Kind.CONFLICT)).members())
                .containsEntry("title", new Text(phrase))
                .containsEntry("status", new Num(status));
    }

    @Test
    void the_envelope_can_be_extended() {
        Dialect dialect = standard()
                .envelope(
                        ProblemDetails.untyped().and("instance", new Envelope.Prefixed("/requests/", Slot.REQUEST_ID)),
                        ProblemDetails.MEDIA_TYPE)
                .build();

        assertThat(body(dialect, AuthError.of(Kind.CONFLICT)).members())
                .containsEntry("instance", new Text("/requests/req_1"));
    }

    @Test
    void any_other_envelope_is_sent_as_json() {
        Dialect dialect = standard()
                .problemDetails()
                .envelope(Envelope.object("error", Slot.MESSAGE))
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
                .isThrownBy(() -> standard().envelope(ProblemDetails.untyped(), mediaType))
                .withMessageStartingWith("mediaType:");
    }
}
