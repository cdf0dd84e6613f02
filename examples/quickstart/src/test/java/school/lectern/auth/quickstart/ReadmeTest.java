package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;

/** The README's Java is what compiles, and it guards. */
class ReadmeTest {

    private static final Path ROOT = Path.of("..", "..");

    @Test
    void the_readmes_java_is_that_of_the_compiled_example() throws IOException {
        String compiled = words(Files.readString(
                Path.of("src", "test", "java", "school", "lectern", "auth", "quickstart", "ReadmeExamples.java")));
        List<String> blocks = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("README.md")))
                .results()
                .map(MatchResult::group)
                .map(block -> block.replaceAll("```(java)?", ""))
                .filter(block -> !block.contains("@Bean"))
                .toList();
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(2);
        for (String block : blocks) {
            for (String statement : block.split(";")) {
                assertThat(compiled).contains(words(statement));
            }
        }
    }

    @Test
    void the_readme_is_short() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(150);
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

    private static String words(String text) {
        return text.replaceAll("\\s+", "");
    }
}
