package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;

/** The README's Java code compiles and guards an application. */
class ReadmeTest {

    private static final Guide README = Guide.of("README.md");

    @Test
    void the_readmes_java_is_that_of_the_compiled_example() throws IOException {
        // The handler and the beans for Spring Boot are compared with its example, in that module.
        List<String> blocks = README.blocks("java").stream()
                .filter(block -> !block.startsWith("@"))
                .toList();
        assertThat(blocks).hasSize(2);
        Guide.isCompiled(blocks, ReadmeExamples.class);
    }

    @Test
    void the_readmes_lines_are_short() throws IOException {
        README.isReadable();
    }

    @Test
    void the_readmes_lines_guard_an_application() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:mem:readme;DB_CLOSE_DELAY=-1");
        Server server = new Server();
        LocalConnector connector = new LocalConnector(server);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(new SettingsServlet()), "/v1/learners/*");
        server.setHandler(context);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            LecternAuth[] auth = new LecternAuth[1];
            context.addServletContainerInitializer(
                    (classes, servletContext) -> auth[0] = ReadmeExamples.guard(pool, servletContext));
            server.start();
            String token = ReadmeExamples.issue(auth[0]);
            String request = "GET /v1/learners/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
            assertThat(connector.getResponse(request + "\r\n")).startsWith("HTTP/1.1 401");
            assertThat(connector.getResponse(request + "Authorization: Bearer " + token + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 200");
            auth[0].close();
        } finally {
            server.stop();
        }
    }
}
