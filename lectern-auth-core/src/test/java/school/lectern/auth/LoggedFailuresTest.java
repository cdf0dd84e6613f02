package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every module redacts the failures that it logs, since their text may contain data. The test reads the sources and checks each
 * line.
 */
class LoggedFailuresTest {

    /** The names that catch clauses and parameters give to a failure. */
    private static final Pattern FAILURE =
            Pattern.compile("(?:Throwable|Exception|Error|Exception \\| [\\w |]+) (\\w+)(?=[,)])");

    private static final Pattern LOGGED =
            Pattern.compile("\\blog\\s*\\.\\s*(?:at\\w+|trace|debug|info|warn|error)\\([^;]*;");

    private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\\n]|\\\\.)*\"");

    /** Does not log the failure, or logs it redacted. */
    private static final String SAFE =
            "(?:RedactedFailure|RedactedSqlException)\\s*\\.\\s*(?:of|describe)\\(\\s*%s\\s*\\)"
                    + "|\\b%s\\.retryAfter\\(\\)";

    static List<String> unsafe(String source) {
        List<String> found = new ArrayList<>();
        List<String> failures = FAILURE.matcher(source)
                .results()
                .map(match -> match.group(1))
                .distinct()
                .toList();
        // The text inside quotes is the message.
        Matcher logged = LOGGED.matcher(QUOTED.matcher(source).replaceAll("\"\""));
        while (logged.find()) {
            String call = logged.group();
            for (String failure : failures) {
                String rest = call.replaceAll(SAFE.formatted(failure, failure), "");
                if (Pattern.compile("\\b" + failure + "\\b").matcher(rest).find()) {
                    found.add(call);
                }
            }
        }
        return found;
    }

    @Test
    void no_module_logs_a_failure_as_it_was_thrown() throws IOException {
        List<String> unsafe = new ArrayList<>();
        int logs = 0;
        for (String module : List.of(
                "../lectern-auth-core",
                "../lectern-auth-http",
                "../lectern-auth-jdbc",
                "../lectern-auth-servlet",
                "../examples/quickstart")) {
            try (Stream<Path> sources = Files.walk(Path.of(module, "src/main/java"))) {
                for (Path source : sources.filter(file -> file.toString().endsWith(".java"))
                        .toList()) {
                    String text = Files.readString(source);
                    logs += (int) LOGGED.matcher(text).results().count();
                    unsafe(text).forEach(line -> unsafe.add(source + ": " + line));
                }
            }
        }
        assertThat(logs).isGreaterThan(10);
        assertThat(unsafe).isEmpty();
    }

    @Test
    void this_test_sees_a_failure_that_is_logged_as_it_was_thrown() {
        String source = "try { x(); } catch (RuntimeException | Error broken) { log.warn(\"a {}; b\", id, %s); }";
        assertThat(unsafe(source.formatted("broken"))).hasSize(1);
        assertThat(unsafe(source.formatted("broken.getMessage()"))).hasSize(1);
        assertThat(unsafe(source.formatted("RedactedFailure.of(broken)"))).isEmpty();
    }
}
