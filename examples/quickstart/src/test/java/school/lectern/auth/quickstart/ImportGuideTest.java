package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.token.TokenHasher;

/** The guide's Java code compiles, and its steps, run one after the other on a database, have the effects that it describes. */
class ImportGuideTest {

    private static final Guide GUIDE = Guide.of("docs/importing.md");

    private static final byte[] FIRST = key(1);
    private static final byte[] SECOND = key(2);

    private final JdbcDataSource database = new JdbcDataSource();
    private Connection connection;
    private OpenStorage storage;

    @BeforeEach
    void open() throws SQLException {
        database.setURL("jdbc:h2:mem:importing");
        connection = database.getConnection();
        storage = JdbcStorage.builder(database).build().open();
    }

    @AfterEach
    void close() throws SQLException {
        storage.close();
        connection.close();
    }

    private static byte[] key(int fill) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), ImportExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(7);
        GUIDE.isReadable();
    }

    @Test
    void the_dependency_is_the_one_that_this_is_tested_with() throws IOException {
        String version = GUIDE.blocks("xml").get(0).replaceAll("(?s).*<version>(.*)</version>.*", "$1");
        assertThat(Guide.of("pom.xml").text()).contains("<bouncycastle.version>" + version + "</bouncycastle.version>");
    }

    @Test
    void tokens_of_an_old_table_go_on_working_and_get_a_current_hash_by_their_first_allowed_use() throws Exception {
        String used = oldToken("Abcd", 1);
        String unused = oldToken("Efgh", 2);
        createOldTable();
        insertOld("used", used.substring(0, 20), used);
        insertOld("unused", unused.substring(0, 20), unused);
        insertOld("odd", "too short", oldToken("Ijkl", 3));

        List<String> done = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        try (LecternAuth auth = ImportExamples.judge(storage);
                Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("SELECT * FROM old_keys ORDER BY label DESC")) {
            ImportExamples.importAll(row, auth, done, refused);
            assertThat(done).hasSize(2);
            assertThat(refused).containsExactly("too short: INVALID_REQUEST");
            assertThat(counts()).isEqualTo(Map.of("bcrypt", 2L));

            assertThat(judge(auth, used, "write:finance")).isInstanceOf(Denied.class);
            assertThat(counts()).as("a denied use rehashes nothing").isEqualTo(Map.of("bcrypt", 2L));
            assertThat(judge(auth, used, "read:learners")).isInstanceOf(Allowed.class);
            assertThat(counts()).isEqualTo(Map.of("bcrypt", 1L, "sha256", 1L));
            assertThat(judge(auth, used, "read:learners")).isInstanceOf(Allowed.class);
        }
    }

    @Test
    void a_pepper_is_changed_step_by_step_while_every_token_works() throws Exception {
        TokenHasher before =
                TokenHasher.builder().pepper(1, FIRST).currentPepper(1).build();
        String used = issue(before);
        String unused = issue(before);
        assertThat(counts()).isEqualTo(Map.of("hmac-sha256:1", 2L));

        TokenHasher accepting = ImportExamples.accepting(FIRST, SECOND);
        assertThat(allows(accepting, used)).isTrue();
        assertThat(counts()).as("accepted, and not current").isEqualTo(Map.of("hmac-sha256:1", 2L));

        TokenHasher changing = ImportExamples.changing(FIRST, SECOND);
        assertThat(allows(changing, used)).isTrue();
        assertThat(allows(accepting, used)).as("on a node before step 2").isTrue();
        assertThat(counts()).isEqualTo(Map.of("hmac-sha256:1", 1L, "hmac-sha256:2", 1L));
        assertThat(allows(accepting, issue(changing))).isTrue();
        assertThat(counts()).isEqualTo(Map.of("hmac-sha256:1", 1L, "hmac-sha256:2", 2L));

        assertThat(revokeWhatWasNotUsed(changing)).isEqualTo(1);
        assertThat(counts()).isEqualTo(Map.of("hmac-sha256:2", 2L));

        TokenHasher changed = ImportExamples.changed(SECOND);
        assertThat(allows(changed, used)).isTrue();
        assertThat(allows(changed, unused)).isFalse();
    }

    private void createOldTable() throws SQLException {
        try (Statement create = connection.createStatement()) {
            create.execute("CREATE TABLE old_keys (account VARCHAR(20), label VARCHAR(20), scopes VARCHAR(99),"
                    + " beginning VARCHAR(20), token_hash VARCHAR(60), created TIMESTAMP)");
        }
    }

    private static String oldToken(String visible, int number) {
        return "sk_live_lectern_%s%028d".formatted(visible, number);
    }

    private void insertOld(String label, String beginning, String token) throws SQLException {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO old_keys VALUES ('123', ?, 'read:learners', ?, ?, ?)")) {
            insert.setString(1, label);
            insert.setString(2, beginning);
            insert.setString(3, OpenBSDBCrypt.generate("2b", token.toCharArray(), salt, 4));
            insert.setTimestamp(4, Timestamp.from(Instant.parse("2019-03-04T05:06:07.008Z")));
            insert.executeUpdate();
        }
    }

    /** Returns the counts from the guide's first SQL statement. */
    private Map<String, Long> counts() throws Exception {
        Map<String, Long> counts = new TreeMap<>();
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery(GUIDE.blocks("sql").get(0))) {
            while (row.next()) {
                counts.put(row.getString(1), row.getLong(2));
            }
        }
        return counts;
    }

    /** Revokes the tokens that the guide's second SQL statement returns. */
    private int revokeWhatWasNotUsed(TokenHasher hasher) throws Exception {
        int revoked = 0;
        try (LecternAuth auth = node(hasher);
                Statement select = connection.createStatement();
                ResultSet row = select.executeQuery(GUIDE.blocks("sql").get(1))) {
            while (row.next()) {
                auth.tenant(row.getString(1)).tokens().revoke(row.getString(2)).orElseThrow();
                revoked++;
            }
        }
        return revoked;
    }

    private LecternAuth node(TokenHasher hasher) {
        return LecternAuth.builder(Lectern.DIALECT)
                .tokens(storage.tokens())
                .hasher(hasher)
                .open();
    }

    private String issue(TokenHasher hasher) {
        try (LecternAuth auth = node(hasher)) {
            NewToken settings = NewToken.named("CI").scopes("read:learners");
            return auth.tenant("123")
                    .tokens()
                    .issue(settings)
                    .orElseThrow()
                    .secret()
                    .expose();
        }
    }

    private boolean allows(TokenHasher hasher, String token) {
        try (LecternAuth auth = node(hasher)) {
            return judge(auth, token, "read:learners") instanceof Allowed;
        }
    }

    private static Decision judge(LecternAuth auth, String token, String scope) {
        AuthRequest request = new AuthRequest(
                auth.newRequestId(),
                "GET",
                "/",
                null,
                name -> name.equals("Authorization") ? List.of("Bearer " + token) : List.of());
        return auth.authenticate(request, Requirement.scope(scope));
    }
}
