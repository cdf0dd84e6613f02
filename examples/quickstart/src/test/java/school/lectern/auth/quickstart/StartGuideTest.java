package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.token.IssuedToken;

/** The tutorial's Java compiles, and its commands get the statuses that it shows, in memory and in a database. */
class StartGuideTest {

    private static final Guide GUIDE = Guide.of("docs/getting-started.md");

    /** A command and the status that the guide shows for it. */
    private static final Pattern CURL = Pattern.compile("curl -i localhost:8080(\\S+)( -H \"[^\"]*\")? +# (\\d{3})");

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), FirstApi.class, StartExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(3);
        GUIDE.isReadable();
    }

    @Test
    void the_guides_dependencies_have_the_versions_of_this_build() throws IOException {
        String parent = Guide.of("pom.xml").text();
        Matcher version = Pattern.compile("</artifactId>\\s*<version>(.*)</version>\\s*</dependency>")
                .matcher(String.join("", GUIDE.blocks("xml")));
        assertThat(version.results().map(found -> found.group(1)))
                .isNotEmpty()
                .allSatisfy(used -> assertThat(parent).contains(">" + used + "<"));
    }

    @Test
    void the_guides_commands_get_the_statuses_that_it_shows_in_memory() throws Exception {
        try (LecternAuth auth = FirstApi.open()) {
            run(auth);
        }
    }

    @Test
    void the_guides_commands_get_the_statuses_that_it_shows_in_a_database() throws Exception {
        try (HikariDataSource pool = StartExamples.pool()) {
            pool.setJdbcUrl("jdbc:h2:mem:start;DB_CLOSE_DELAY=-1");
            try (LecternAuth auth = StartExamples.open(pool)) {
                run(auth);
            }
        }
    }

    private static void run(LecternAuth auth) throws Exception {
        List<String> commands = GUIDE.blocks("sh");
        assertThat(commands).hasSize(2);
        Server server = FirstApi.serve(auth, 0);
        try {
            IssuedToken token = FirstApi.issue(auth);
            run(server, token, commands.get(0));
            FirstApi.revoke(auth, token);
            run(server, token, commands.get(1));
        } finally {
            server.stop();
        }
    }

    private static void run(Server server, IssuedToken token, String commands) throws IOException {
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        assertThat(commands.lines()).allMatch(line -> CURL.matcher(line).find());
        for (String line : commands.lines().toList()) {
            Matcher command = CURL.matcher(line);
            assertThat(command.find()).isTrue();
            String credential = "Authorization: Bearer " + token.secret().expose();
            String[] headers = command.group(2) == null ? new String[0] : new String[] {credential};
            assertThat(new Wire(port).raw("GET " + command.group(1), headers))
                    .as(line)
                    .startsWith("HTTP/1.1 " + command.group(3));
        }
    }
}
