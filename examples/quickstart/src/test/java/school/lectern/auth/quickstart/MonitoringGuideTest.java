package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.spi.AuthMetrics;

/** The guide's log lines are those of the sources, and its metrics are all that there are. */
class MonitoringGuideTest {

    private static final Guide GUIDE = Guide.of("docs/monitoring.md");

    /** A row of the table of log lines; the text ends where the guide cuts it off. */
    private static final Pattern LOG_LINE =
            Pattern.compile("^\\| (?:ERROR|WARN) \\| `([^`…]*)…?` \\|", Pattern.MULTILINE);

    @Test
    void every_log_line_is_in_the_sources() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String module : List.of("core", "http", "jdbc", "servlet")) {
            Path main = Path.of("..", "..", "lectern-auth-" + module, "src", "main", "java");
            try (Stream<Path> files = Files.walk(main)) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    sources.append(Files.readString(file));
                }
            }
        }
        String texts = sources.toString().replaceAll("\"\\s*\\+\\s*\"", "");
        List<String> lines = new ArrayList<>(LOG_LINE.matcher(GUIDE.text())
                .results()
                .map((MatchResult line) -> line.group(1))
                .toList());
        assertThat(lines)
                .hasSizeGreaterThan(25)
                .allSatisfy(line -> assertThat(texts).contains('"' + line));
    }

    @Test
    void every_metric_is_in_the_guide() throws IOException {
        String guide = GUIDE.text();
        assertThat(AuthMetrics.class.getDeclaredMethods())
                .filteredOn(method -> !method.isSynthetic())
                .allSatisfy(method -> assertThat(guide).contains("`" + method.getName() + "("));
        assertThat(new InMemoryAuthMetrics().snapshot().keySet())
                .filteredOn(name -> !name.startsWith("denied:"))
                .allSatisfy(name -> assertThat(guide).contains("`" + name + "`"));
        GUIDE.isReadable();
    }
}
