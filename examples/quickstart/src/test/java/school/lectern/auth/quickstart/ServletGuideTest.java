package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.token.IssuedToken;

/** The guide's Java code compiles and guards an application. */
class ServletGuideTest {

    private static final Guide GUIDE = Guide.of("docs/servlet.md");

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), ServletExamples.class);
    }

    @Test
    void the_guide_is_readable() throws IOException {
        GUIDE.isReadable();
    }

    private static final class Handling extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getServletPath().equals("/v1/learners")) {
                ServletExamples.handle(request, response);
            } else {
                response.getOutputStream().print("open");
            }
        }
    }

    @Test
    void the_guides_lines_guard_an_application() throws Exception {
        Server server = new Server();
        LocalConnector connector = new LocalConnector(server);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        Map.of("/v1/learners/*", new Handling(), "/*", new Handling())
                .forEach((path, servlet) -> context.addServlet(new ServletHolder(servlet), path));
        server.setHandler(context);
        try (LecternAuth auth = OperationsExamples.listening(new AskedStore().storage())) {
            context.addServletContainerInitializer((classes, servletContext) -> {
                ServletExamples.register(servletContext, auth);
                ServletExamples.behindProxies(servletContext, auth, ServletExamples.pages());
            });
            server.start();
            NewToken settings = NewToken.named("CI").scopes("read:learners");
            IssuedToken token = auth.tenant("123").tokens().issue(settings).orElseThrow();
            assertThat(answer(connector, "/", "Other: none")).startsWith("HTTP/1.1 200");
            assertThat(answer(connector, "/v1/learners/1", "Other: none")).startsWith("HTTP/1.1 401");
            assertThat(answer(
                            connector,
                            "/v1/learners/1",
                            "Authorization: Bearer " + token.secret().expose()))
                    .startsWith("HTTP/1.1 422");
        } finally {
            server.stop();
        }
    }

    private static String answer(LocalConnector connector, String path, String header) throws Exception {
        return connector.getResponse(
                "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + header + "\r\n\r\n");
    }
}
