package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Secret;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.quickstart.Wire.Reply;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.token.IssuedToken;

/** A server with the token system of a provider. Its handler answers with the query, or with {@code ok}. */
abstract class ProviderTest {

    /** 39,123 milliseconds before the end of a minute. */
    private static final Instant NOW = Instant.parse("2026-05-07T13:23:20.877Z");

    LecternAuth auth;
    GuardedJetty server;

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.stop();
            auth.close();
        }
    }

    void serve(Dialect dialect, String... scopes) throws Exception {
        auth = LecternAuth.builder(dialect)
                .storage(InMemoryStorage.create())
                .clock(Clock.fixed(NOW, ZoneOffset.UTC))
                .open();
        RouteRules rules = RouteRules.builder().guard("GET", "/v1/x", scopes).build();
        server = new GuardedJetty(new LecternAuthFilter(auth, rules), (request, response) -> {
            String query = request.getQueryString();
            response.getOutputStream().print(query == null ? "ok" : query);
        });
    }

    String issue(UnaryOperator<NewToken> settings) {
        IssuedToken issued = auth.tenant("123")
                .tokens()
                .issue(settings.apply(NewToken.named("CI")))
                .orElseThrow();
        return issued.secret().expose();
    }

    String issue() {
        return issue(token -> token);
    }

    Reply get(String... headers) throws IOException {
        return server.wire().get("/v1/x", headers);
    }

    static String basic(String userAndPassword) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    static void is(Reply reply, int status, String body) {
        assertThat(reply.body()).isEqualTo(body);
        assertThat(reply.status()).isEqualTo(status);
    }

    void revoke(String token) {
        auth.acrossTenants().revokePresented(Secret.of(token)).orElseThrow();
    }

    /** Returns the body for an error that no request of these tests causes. */
    String body(AuthError error) {
        return auth.dialect().render(error, "req_1").body();
    }

    /** Checks that each system is short, and returns their number. */
    static int shortSystems(Class<?> systems) throws IOException {
        Matcher methods = Pattern.compile("    static Dialect (\\w+)\\(\\) \\{\n(.*?)\n    }\n", Pattern.DOTALL)
                .matcher(Guide.source(systems));
        int found = 0;
        while (methods.find()) {
            found++;
            assertThat(methods.group(2).lines().toList()).as(methods.group(1)).hasSizeLessThanOrEqualTo(40);
        }
        return found;
    }
}
