package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.PermitResult;

/** The guide's log lines are those of the sources, and its metrics are all that there are. */
class MonitoringGuideTest {

    private static final Guide GUIDE = Guide.of("docs/monitoring.md");

    /** A row of the table of log lines; the text ends where the guide cuts it off. */
    private static final Pattern LOG_LINE =
            Pattern.compile("^\\| (?:ERROR|WARN) \\| `([^`…]*)…?` \\|", Pattern.MULTILINE);

    /** The start of a line that the library logs as a warning or an error. */
    private static final Pattern LOGGED =
            Pattern.compile("(?:log\\.(?:warn|error)\\(|Level\\.(?:WARN|ERROR),)\\s*\"([^\"]{1,30})");

    /** The sources of the library, in which a text that is written in several pieces is one. */
    private static String sources() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String module : List.of(
                "lectern-auth-core",
                "lectern-auth-http",
                "lectern-auth-jdbc",
                "lectern-auth-servlet",
                "spring/lectern-auth-spring-boot-autoconfigure")) {
            Path main = Path.of("..", "..", module, "src", "main", "java");
            try (Stream<Path> files = Files.walk(main)) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    sources.append(Files.readString(file));
                }
            }
        }
        return sources.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    }

    private static List<String> find(Pattern line, String text) {
        return line.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    @Test
    void the_guide_has_the_log_lines_of_the_sources() throws IOException {
        String texts = sources();
        List<String> lines = find(LOG_LINE, GUIDE.text());
        assertThat(lines)
                .hasSizeGreaterThan(25)
                .allSatisfy(line -> assertThat(texts).contains('"' + line));
        String guide = GUIDE.text();
        assertThat(find(LOGGED, texts))
                .hasSizeGreaterThan(25)
                .allSatisfy(start -> assertThat(guide).contains('`' + start));
    }

    @Test
    void every_metric_is_in_the_guide() throws IOException {
        String guide = GUIDE.text();
        assertThat(AuthMetrics.class.getDeclaredMethods())
                .filteredOn(method -> !method.isSynthetic())
                .allSatisfy(method -> assertThat(guide).contains("`" + method.getName() + "("));
        InMemoryAuthMetrics metrics = new InMemoryAuthMetrics();
        metrics.permitRequested("read", PermitResult.GRANTED);
        // Of names that end with a code, the guide has the part before it.
        assertThat(metrics.snapshot().keySet())
                .map(name -> name.replaceFirst(":.*", ":"))
                .allSatisfy(name -> assertThat(guide).contains("`" + name + "`"));
        GUIDE.isReadable();
    }
}
