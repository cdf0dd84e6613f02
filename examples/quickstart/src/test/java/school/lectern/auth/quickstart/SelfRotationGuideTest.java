package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** The guide's Java code compiles, and its handler rotates a bearer's token in a servlet application. */
class SelfRotationGuideTest {

    private static final Guide GUIDE = Guide.of("docs/self-rotation.md");
    private static final Pattern SECRET = Pattern.compile("\\{\"token\":\"([^\"]+)\"}");

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), SelfRotationExamples.class);
        GUIDE.isReadable();
    }

    private static final class Handling extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            SelfRotationExamples.rotateSelf(request, response);
        }
    }

    @Test
    void the_guides_handler_rotates_the_token_of_its_bearer() throws Exception {
        BlockingQueue<String> reused = new LinkedBlockingQueue<>();
        AuthListener listener = new AuthListener() {
            @Override
            public void reuseDetected(Token token, @Nullable IpAddress address, Instant at) {
                reused.add(token.id());
            }
        };
        Server server = new Server();
        LocalConnector connector = new LocalConnector(server);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(new Handling()), "/v1/tokens/self/rotate");
        server.setHandler(context);
        try (LecternAuth auth = SelfRotationExamples.detecting(InMemoryStorage.create(), listener)) {
            context.addServletContainerInitializer((classes, servletContext) ->
                    LecternAuthFilter.register(servletContext, auth, SelfRotationExamples.rules()));
            server.start();
            IssuedToken token = auth.tenant("123")
                    .tokens()
                    .issue(NewToken.named("CI").scopes("write:self"))
                    .orElseThrow();
            String first = token.secret().expose();
            String rotated = post(connector, first);
            assertThat(rotated).startsWith("HTTP/1.1 200").contains("Cache-Control: no-store");
            String second = secret(rotated);
            assertThat(post(connector, first)).startsWith("HTTP/1.1 409");

            String third = auth.rotateSelf(request(auth, second), Requirement.anyToken(), GracePeriod.none())
                    .orElseThrow()
                    .secret()
                    .expose();
            assertThat(post(connector, second)).startsWith("HTTP/1.1 401");
            assertThat(post(connector, third)).as("its line is revoked").startsWith("HTTP/1.1 401");
            assertThat(post(connector, first)).startsWith("HTTP/1.1 401");
            assertThat(reused.poll(1, TimeUnit.MINUTES)).isNotNull().isNotEqualTo(token.id());
            assertThat(reused).isEmpty();
        } finally {
            server.stop();
        }
    }

    private static AuthRequest request(LecternAuth auth, String secret) {
        return new AuthRequest(
                auth.newRequestId(),
                "POST",
                "/",
                null,
                name -> name.equals("Authorization") ? List.of("Bearer " + secret) : List.of());
    }

    private static String secret(String response) {
        Matcher body = SECRET.matcher(response);
        assertThat(body.find()).as(response).isTrue();
        return body.group(1);
    }

    private static String post(LocalConnector connector, String secret) throws Exception {
        return connector.getResponse("POST /v1/tokens/self/rotate HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Content-Length: 0\r\nAuthorization: Bearer " + secret + "\r\n\r\n");
    }
}
