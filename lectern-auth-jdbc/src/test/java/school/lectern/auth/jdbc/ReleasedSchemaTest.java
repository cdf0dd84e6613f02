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
            "h2/V1__lectern_auth.sql", "622ede5774bebd4db27f74b0fb235cce1c2cda40cbe559cea5293d3c70f811d0",
            "mariadb/V1__lectern_auth.sql", "d738c120b112f15c4b8dc3cf09151e976db95732885060b1e3130c69d87bd413",
            "postgresql/V1__lectern_auth.sql", "e78ae866a3d459560ba92fc3c01e9c2eceab18bcc89fb4edab8ae6c57f848d8b");

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
