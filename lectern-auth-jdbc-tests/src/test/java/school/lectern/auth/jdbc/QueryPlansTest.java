package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.spi.LiveTokenCheck;
import school.lectern.auth.spi.TokenFilter;

/**
 * The plans that the servers choose for searches in 50,000 tokens, most of which have ended: a search for the tokens of one
 * hour, or for the live tokens of one tenant, reads neither all tokens nor all that have ended.
 */
class QueryPlansTest {

    /** A token was created in each of the 50,000 minutes before. Most ended a day later, and nobody revoked them. */
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    private Path folder;

    static List<TestDatabase.Kind> servers() {
        return TestDatabase.Kind.servers();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void searches_use_the_indexes(TestDatabase.Kind kind) throws SQLException {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            fill(pool);
            H2.execute(pool, kind.isPostgres() ? "VACUUM ANALYZE lectern_tokens" : "ANALYZE TABLE lectern_tokens");
            TokenFilter all = TokenFilter.ofAllTenants();

            assertThat(plan(pool, live(null))).contains("lectern_tokens_live");
            assertThat(plan(pool, live("user4"))).contains("lectern_tokens_created_by");
            assertThat(plan(pool, all.endingBetween(NOW, NOW.plus(HOUR))))
                    .contains("lectern_tokens_expiry", "lectern_tokens_grace_period");
            assertThat(plan(pool, all.endingBetween(NOW, NOW.plus(HOUR), Duration.ofDays(20))))
                    .contains("lectern_tokens_expiry", "lectern_tokens_grace_period", "lectern_tokens_lifetime");
            assertThat(plan(pool, all.lastUsedBefore(NOW.minus(Duration.ofMinutes(50_000 - 60)))))
                    .contains("lectern_tokens_last_used");
        }
    }

    private static LiveTokenCheck live(@Nullable String creator) {
        return new LiveTokenCheck("tenant4", creator, "line", NOW, 1, 9);
    }

    private static void fill(HikariDataSource pool) throws SQLException {
        JdbcStorage.builder(pool).build().open().close();
        String digits = "(SELECT 0 AS d" + " UNION ALL SELECT %d".repeat(9).formatted(1, 2, 3, 4, 5, 6, 7, 8, 9) + ")";
        H2.execute(
                pool,
                "INSERT INTO lectern_tokens (token_id, tenant_id, environment, name, prefix, display_prefix, selector,"
                        + " hash_algorithm, secret_hash, scopes, created_at, revision, created_by, line_id,"
                        + " lifetime_started_at, expires_at, last_used_at, grace_period_ends_at, revoked_at)"
                        + " SELECT CONCAT('t', n), CONCAT('tenant', MOD(n, 20)), 'live', 't', 'p', 'p',"
                        + " CONCAT('s', n), 'sha256', 'h', '', c, 0, CONCAT('user', MOD(n, 400)), CONCAT('t', n),"
                        + " c, CASE WHEN MOD(n, 11) > 0 THEN c + 86400000 END,"
                        + " CASE WHEN MOD(n, 3) > 0 THEN c + 60000 END,"
                        + " CASE WHEN MOD(n, 53) = 0 THEN c + 172800000 END, CASE WHEN MOD(n, 7) = 0 THEN c + 1 END"
                        + " FROM (SELECT n, %d - 60000.0 * MOD(n * 7919, 50000) AS c FROM".formatted(NOW.toEpochMilli())
                        + " (SELECT v.d + 10 * w.d + 100 * x.d + 1000 * y.d + 10000 * z.d AS n FROM " + digits
                        + " v CROSS JOIN " + digits + " w CROSS JOIN " + digits + " x CROSS JOIN " + digits
                        + " y CROSS JOIN " + digits + " z WHERE z.d < 5) numbers) created");
    }

    private interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    private static String plan(HikariDataSource pool, LiveTokenCheck check) throws SQLException {
        return plan(pool, LiveTokenCounts.sql(check), statement -> LiveTokenCounts.set(statement, check));
    }

    private static String plan(HikariDataSource pool, TokenFilter filter) throws SQLException {
        TokenCondition condition = new TokenCondition(filter);
        return plan(pool, TokenRow.SELECT + condition.sql(), condition::set);
    }

    /** Returns the indexes of MariaDB's plan that it does use, or the whole text of PostgreSQL's plan. */
    private static String plan(HikariDataSource pool, String sql, Parameters parameters) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (Connection connection = pool.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("EXPLAIN " + sql.replace("${p}", "lectern_"))) {
            parameters.set(statement);
            try (ResultSet rows = statement.executeQuery()) {
                int column = rows.getMetaData().getColumnCount() == 1 ? 1 : rows.findColumn("key");
                while (rows.next()) {
                    plan.append(rows.getString(column)).append('\n');
                }
            }
        }
        return plan.toString();
    }
}
