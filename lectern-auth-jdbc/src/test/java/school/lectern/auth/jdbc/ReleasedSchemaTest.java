package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files that tables are made from, to the byte. */
class ReleasedSchemaTest {

    private static final Path FILES = Path.of("src/main/resources/school/lectern/auth/jdbc/ddl");

    /** The SHA-256 of each. A line is added with a new version, and never changed. */
    private static final Map<String, String> RELEASED = Map.ofEntries(
            Map.entry("h2/V1__lectern_auth.sql", "3f67f9a409f31f184f5ee62b3a2dddaa3ad3983bf6a6fb40edcb20a10f9573ef"),
            Map.entry("h2/V2__confirm_millis.sql", "c6c1f62f95b8283e1accb8bb6e56c596c9df167476ce884f9386236b6ac36ccd"),
            Map.entry(
                    "mariadb/V1__lectern_auth.sql", "4074bd82cb54540d9cf270ed92584ab6dcae9c03ce4cbb87f50f6b017d6a4d13"),
            Map.entry(
                    "mariadb/V2__confirm_millis.sql",
                    "1fd653c68b1dccf6b2a0babc898009a447cc594d0edd6b035bed2721f6e360f3"),
            Map.entry(
                    "postgresql/V1__lectern_auth.sql",
                    "4e8c18ecf54a4ddbe5f14b826a3582cc9b8f5faa2ac1533ed9f93f4957fca778"),
            Map.entry(
                    "postgresql/V2__confirm_millis.sql",
                    "6c9ad0d211ffb3c621c5a178411318035f489f4a25f3b6b3c536ecee0031664c"));

    @Test
    void a_version_that_was_released_does_not_change() throws Exception {
        assertThat(hashes())
                .as("A version that was released never changes: nodes have run it, and Flyway compares its checksum."
                        + " Put what is new into a file of the next version, and add that file's hash here")
                .containsExactlyInAnyOrderEntriesOf(RELEASED);
    }

    private static Map<String, String> hashes() throws IOException, NoSuchAlgorithmException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(FILES)) {
            for (Path file : all.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("V3__"))
                    .toList()) {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                hashes.put(FILES.relativize(file).toString(), HexFormat.of().formatHex(hash));
            }
        }
        return hashes;
    }
}
