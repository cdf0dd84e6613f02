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

/** The files that create the tables, byte by byte. */
class ReleasedSchemaTest {

    private static final Path FILES = Path.of("src/main/resources/school/lectern/auth/jdbc/ddl");

    /** The SHA-256 of each file. A new version adds a line; no line ever changes. */
    private static final Map<String, String> RELEASED = Map.of(
            "h2/V1__lectern_auth.sql", "11e200e7d75f2da0998d4cb33767127a63e7db021e2f9b2b26d1966d9c08e84c",
            "mariadb/V1__lectern_auth.sql", "bc521ffdc99946356c62dfa3dcd88eec7b97a9eb30b41f889eb0fba23cb12763",
            "postgresql/V1__lectern_auth.sql", "1c85cc22297744f1e043e68ac4f5406190a59f216de44d2a8cfd186d0dd3c045");

    @Test
    void a_version_that_was_released_does_not_change() throws Exception {
        assertThat(hashes())
                .as(
                        "A released file never changes: nodes have run it, and Flyway compares its checksum. Add a file for the"
                                + " next version, and its hash here")
                .containsExactlyInAnyOrderEntriesOf(RELEASED);
    }

    private static Map<String, String> hashes() throws IOException, NoSuchAlgorithmException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(FILES)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                hashes.put(FILES.relativize(file).toString(), HexFormat.of().formatHex(hash));
            }
        }
        return hashes;
    }
}
