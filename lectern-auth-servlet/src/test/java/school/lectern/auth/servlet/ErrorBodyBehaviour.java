package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorView;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.Lectern;

/** Error bodies from a function of the application, including a function that fails after the start. */
abstract class ErrorBodyBehaviour extends Behaviour {

    private static final String UNKNOWN = "Authorization: Bearer unknown";

    private final AtomicInteger failures = new AtomicInteger();

    private volatile Function<ErrorView, ErrorBody> body =
            view -> ErrorBody.object().put("own", view.message()).put("\u00e9\ud83d\ude00", view.status());

    @BeforeEach
    void serve() throws Exception {
        auth = judge(Lectern.DIALECT.toBuilder()
                .errorBody("application/acme+json", view -> body.apply(view))
                .error(409, "", "no code", Kind.CONFLICT)
                .build());
        handle("/v1/courses", says("courses"));
        handle("/v1/conflict", (request, response) -> AuthErrors.send(request, response, AuthError.of(Kind.CONFLICT)));
        handle("/v1/printed", (request, response) -> {
            response.getWriter();
            AuthErrors.send(request, response, AuthError.of(Kind.CONFLICT));
        });
        start(RouteRules.builder()
                .permitAll("GET", "/v1/conflict")
                .permitAll("GET", "/v1/printed")
                .guard("GET", "/v1/courses", Requirement.scope("read:courses")));
    }

    private Reply isFixed(Reply reply, int status, String code) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).isEqualTo("{\"error\":\"" + code + "\"}");
        assertThat(reply.header("Content-Type")).isEqualTo("application/acme+json");
        assertThat(reply.header("X-Request-Id")).startsWith("req_");
        assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
        return reply;
    }

    @Test
    void the_body_is_the_functions() {
        Reply reply = get("/v1/conflict");

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.header("Content-Type")).isEqualTo("application/acme+json");
        assertThat(reply.body()).isEqualTo("{\"own\":\"no code\",\"\u00e9\\uD83D\\uDE00\":409}");
    }

    @Test
    void a_handler_that_has_taken_the_writer_gets_the_body_too() {
        assertThat(get("/v1/printed").json().path("own").textValue()).isEqualTo("no code");
    }

    @Test
    void a_function_that_fails_is_answered_with_a_fixed_body_and_logged_once_for_each_kind() {
        body = view -> {
            throw new IllegalStateException("failure " + failures.incrementAndGet() + " for 'a quoted value'");
        };

        String first =
                isFixed(get("/v1/courses", UNKNOWN), 401, "invalid_token").header("X-Request-Id");
        isFixed(get("/v1/courses", UNKNOWN), 401, "invalid_token");
        isFixed(get("/v1/conflict"), 409, "409");
        isFixed(get("/v1/conflict"), 409, "409");

        assertThat(failures).hasValue(4);
        assertThat(log.text().lines().filter(line -> line.contains("errorBody")))
                .satisfiesExactly(
                        line -> assertThat(line).contains("dialect lectern", "for MALFORMED_TOKEN", first),
                        line -> assertThat(line).contains("dialect lectern", "for CONFLICT"));
        assertThat(log.text()).contains("failure 1", "failure 3").doesNotContain("failure 2", "failure 4", "quoted");
    }

    @Test
    void a_function_that_returns_null_is_answered_with_a_fixed_body_and_logged() {
        body = view -> null;

        isFixed(get("/v1/courses"), 401, "invalid_token");
        isFixed(get("/v1/courses"), 401, "invalid_token");

        assertThat(log.text().lines().filter(line -> line.contains("errorBody of dialect lectern")))
                .hasSize(1);
        assertThat(log.text()).contains("returned null");
        body = view -> ErrorBody.object().put("own", 1);
        assertThat(get("/v1/courses").body()).isEqualTo("{\"own\":1}");
    }
}
