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
            "h2/V1__lectern_auth.sql", "08d5a89c4cce0a2f0ac7e973516b610c920d36aad2e23fd511cc9a220d4612f1",
            "mariadb/V1__lectern_auth.sql", "b7d08dde424a62e8d9777e742b50763d7c00fca63a5eeaf00c5e518a8f5f46be",
            "postgresql/V1__lectern_auth.sql", "8f6eb86711312a3628e02d0020c9d730167ac01c591c73c963f4424b7c3e082e",
            "h2/V2__lectern_auth.sql", "602682e7cf398090e33454d075ab9120a5fd497deff147a22fcae26639745419",
            "mariadb/V2__lectern_auth.sql", "8ed66e95b6a4267f226cfa9cb4ac3b360b807e2188567aa5faa00c5ce7785c4e",
            "postgresql/V2__lectern_auth.sql", "33f056de1e7211245e0422fc3fdb8a696cfc428764e258d3aa77d1b144caf527");

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
