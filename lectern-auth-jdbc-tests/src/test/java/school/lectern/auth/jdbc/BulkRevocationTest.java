package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.ImportedToken;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.token.TokenHash;

/** The number of rows that the database reads to revoke many tokens together, as the database reports it. */
class BulkRevocationTest {

    private static final int TOKENS = 2_000;

    @TempDir
    Path folder;

    /**
     * In 40 portions: a revocation that restarted at the first token in each portion would read 20 to 40 times the number of
     * rows.
     */
    @Test
    void the_rows_that_are_read_grow_with_the_number_of_tokens_and_no_faster() throws Exception {
        TestDatabase empty = TestDatabase.of(Kind.POSTGRESQL, folder);
        // With fewer rows, a full scan would be faster than the index.
        TestDatabase database = new TestDatabase(
                empty.kind(), empty.host(), empty.url() + "?options=-c%20enable_seqscan=off", empty.user());
        try (HikariDataSource reader = database.pool()) {
            importTokens(database);
            long before = rowsRead(reader);
            try (HikariDataSource pool = database.pool();
                    OpenStorage storage = JdbcStorage.builder(pool)
                            .revokedAtOnce(50)
                            .existingTables()
                            .build()
                            .open();
                    LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                            .tokens(storage.tokens())
                            .open()) {
                assertThat(auth.tenant("123")
                                .tokens()
                                .withoutWaiting()
                                .revokeAll()
                                .orElseThrow())
                        .isEqualTo(TOKENS);
            }
            // A server process reports its reads when it ends, and a client does not wait for that.
            Patience.await().until(() -> rowsRead(reader) - before >= TOKENS);
            assertThat(rowsRead(reader) - before).isBetween((long) TOKENS, 8L * TOKENS);
        }
    }

    private static long rowsRead(HikariDataSource pool) throws SQLException {
        return H2.number(
                pool, "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'lectern_tokens'");
    }

    private static void importTokens(TestDatabase database) throws SQLException {
        try (HikariDataSource pool = database.pool();
                OpenStorage storage = JdbcStorage.builder(pool).build().open();
                LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(storage.tokens())
                        .open()) {
            for (int first = 0; first < TOKENS; first += 1_000) {
                List<ImportedToken> imports = IntStream.range(first, first + 1_000)
                        .mapToObj(i -> imported(i))
                        .toList();
                auth.acrossTenants().importTokens(imports).forEach(Outcome::orElseThrow);
            }
        }
    }

    private static ImportedToken imported(int number) {
        return ImportedToken.of(
                        "123",
                        TokenEnvironment.LIVE,
                        TokenHash.sha256("%032x%032x".formatted(number, number)),
                        "sk_live_lectern_Abcd",
                        Instant.EPOCH)
                .name("t")
                .scopes("read:learners");
    }
}
