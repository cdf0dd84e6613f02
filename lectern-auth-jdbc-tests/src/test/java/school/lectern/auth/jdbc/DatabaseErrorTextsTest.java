package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.testkit.Lookups;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

/**
 * Databases and their drivers quote keys, rows and parameters in their error texts. After any failure, the storage's exceptions
 * and log lines contain no such data, but still describe the failure.
 */
class DatabaseErrorTextsTest {

    private static final String SELECTOR = "0123456789abcdef0123456789abcdef";
    private static final String HASH = "fedcba9876543210".repeat(4);
    private static final String NAME = "it's a canary's name) or not";
    private static final String PATH = "/v1/canary's path";

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    private static StoredToken token() {
        return StoredToken.builder(
                        "apitoken_" + UUID.randomUUID(),
                        "123",
                        TokenEnvironment.LIVE,
                        NAME,
                        Instant.parse("2026-05-07T13:23:20Z"))
                .secret(SELECTOR, TokenHash.of("sha256", HASH))
                .displayPrefix("sk_live_lectern_")
                .build();
    }

    private static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static void holdsNoData(String text) {
        assertThat(text).doesNotContain(SELECTOR, HASH, HASH.substring(16, 32), "canary", SELECTOR.substring(0, 16));
    }

    private static void failsWithoutData(ThrowingCallable call, String state) {
        StorageException failure = catchThrowableOfType(StorageException.class, call);
        assertThat(failure).isNotNull();
        holdsNoData(printed(failure));
        holdsNoData(failure.reasons());
        assertThat(failure.reasons()).contains("[SQL state " + state).doesNotContain("\n");
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_key_that_is_there_already_is_not_quoted(Kind kind) throws Exception {
        try (Node node = Node.of(TestDatabase.of(kind, folder))) {
            node.storage.tokens().insert(token(), TokenConstraints.none(), List.of());
            failsWithoutData(() -> node.storage.tokens().insert(token(), TokenConstraints.none(), List.of()), "23");

            // The database itself must quote the data. Otherwise this test shows nothing.
            SQLException raw = catchThrowableOfType(SQLException.class, () -> {
                try (Connection connection = node.pool.getConnection()) {
                    String sql = TokenRow.INSERT.replace("${p}", "lectern_");
                    Sql.update(connection, sql, statement -> TokenRow.setForInsert(statement, token()));
                }
            });
            assertThat(printed(raw)).contains(SELECTOR);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_row_that_breaks_a_rule_is_not_quoted(Kind kind) throws Exception {
        try (Node node = Node.of(TestDatabase.of(kind, folder))) {
            StoredToken kept = node.storage
                    .tokens()
                    .insert(token(), TokenConstraints.none(), List.of())
                    .stored()
                    .orElseThrow();
            H2.execute(
                    node.pool,
                    "ALTER TABLE lectern_tokens ADD CONSTRAINT refusing CHECK (description IS NULL OR name = 'x')");
            StoredToken changed = kept.toBuilder().description("canary").build();
            failsWithoutData(() -> node.storage.tokens().update(changed, TokenConstraints.none(), List.of()), "23");
            H2.execute(node.pool, "ALTER TABLE lectern_tokens DROP CONSTRAINT refusing");
            StoredToken wide =
                    kept.toBuilder().displayPrefix("canary ".repeat(200)).build();
            failsWithoutData(() -> node.storage.tokens().update(wide, TokenConstraints.none(), List.of()), "22");
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void what_a_row_holds_that_cannot_be_read_is_not_quoted(Kind kind) throws Exception {
        try (Node node = Node.of(TestDatabase.of(kind, folder))) {
            node.storage.tokens().insert(token(), TokenConstraints.none(), List.of());
            for (String change : List.of(
                    "rate_limits = 'read=canary'",
                    "scopes = 'canary canary'",
                    "metadata = '%ca%na%ry'",
                    "secret_hash = '" + HASH.substring(1) + "'",
                    "environment = 'canary'")) {
                H2.execute(node.pool, "UPDATE lectern_tokens SET " + change);
                StorageException failure = catchThrowableOfType(
                        StorageException.class, () -> Lookups.rows(node.storage.tokens(), SELECTOR));
                assertThat(failure).as(change).isNotNull();
                holdsNoData(printed(failure));
                holdsNoData(failure.reasons());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void the_log_of_the_audit_writer_quotes_no_row(Kind kind) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (Node node = Node.of(TestDatabase.of(kind, folder))) {
            H2.execute(
                    node.pool,
                    "ALTER TABLE lectern_audit ADD CONSTRAINT refusing CHECK (endpoint <> '/v1/canary''s path')");
            node.storage.audit().offer(call());
            StorageException refused = catchThrowableOfType(
                    StorageException.class, () -> node.storage.audit().append(call()));
            assertThat(refused).isNotNull();
            holdsNoData(printed(refused));
            Patience.await().until(() -> node.storage.audit().dropped() > 0);
        } finally {
            System.setErr(before);
        }
        String logged = log.toString(StandardCharsets.UTF_8);
        assertThat(logged).contains("could not be written", "[SQL state 23");
        holdsNoData(logged);
    }

    private static AuditEvent call() {
        return AuditEvent.builder(
                        UUID.randomUUID().toString(), Instant.parse("2026-05-07T13:23:20Z"), AuditEvent.CALL, "allowed")
                .requestId("req_1")
                .tenantId("123")
                .tokenId("apitoken_canary")
                .method("GET")
                .endpoint(PATH)
                .build();
    }
}
