package school.lectern.auth.jdbc;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/**
 * Each column of a token or a tenant is in one of two lists: a change of it takes a sequence number, because caches must
 * know of it, or it takes none. A new column is in neither, and this test fails until it is decided.
 */
class NumberedColumnsTest {

    private static final Instant NOW = Instant.parse("2026-05-07T12:00:00Z");

    /** Columns that an update sets and that decide, with a change of each. */
    private static final Map<String, UnaryOperator<StoredTokenBuilder>> NUMBERED = Map.ofEntries(
            entry("selector", b -> b.secret("other", hash("00"))),
            entry("hash_algorithm", b -> b.secret("selector", TokenHash.of("sha512", "00".repeat(32)))),
            entry("secret_hash", b -> b.secret("selector", hash("01"))),
            entry("scopes", b -> b.scopes(ScopeSet.parse("read:learners"))),
            entry("ip_allowlist", b -> b.allowlist(IpAllowlist.of(List.of(IpRange.parse("10.0.0.0/8"))))),
            entry("rate_limits", b -> b.rateLimits(Map.of("read", 1L))),
            entry("expires_at", b -> b.expiresAt(NOW)),
            entry("grace_period_ends_at", b -> b.gracePeriodEndsAt(NOW)),
            entry("not_before", b -> b.notBefore(NOW)),
            entry("disabled_at", b -> b.disabledAt(NOW)),
            entry("enabled_at", b -> b.enabledAt(NOW)),
            entry("self_rotated_at", b -> b.selfRotatedAt(NOW)));

    /** Columns that an update sets and that decide nothing. */
    private static final Map<String, UnaryOperator<StoredTokenBuilder>> NOT_NUMBERED = Map.ofEntries(
            entry("name", b -> b.name("new")),
            entry("description", b -> b.description("d")),
            entry("prefix", b -> b.prefix("p")),
            entry("display_prefix", b -> b.displayPrefix("p")),
            entry("metadata", b -> b.metadata(Map.of("k", "v"))),
            entry("secret_shown_to", b -> b.secretShownTo("ada")),
            entry("successor_id", b -> b.successorId("s")),
            // It never changes, but a token that version 1 inserted gets it with its first update.
            entry("line_id", b -> b.lineId("l")));

    /** Columns that statements of their own set, which take a number: revocations. */
    private static final Set<String> NUMBERED_BY_ITSELF = Set.of("revoked_at");

    /** Columns that no statement changes, or whose statements take no number. */
    private static final Set<String> NOT_NUMBERED_BY_ITSELF = Set.of(
            "id",
            "token_id",
            "tenant_id",
            "environment",
            "created_at",
            "created_by",
            "predecessor_id",
            "lifetime_started_at",
            "revocation_reason",
            "last_used_at",
            "expiry_notice_end",
            "expiry_notice_ahead",
            "revision");

    private HikariDataSource source;
    private OpenStorage storage;
    private TokenStore tokens;

    @BeforeEach
    void open() {
        source = H2.inMemory();
        storage =
                JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open();
        tokens = storage.tokens();
    }

    @AfterEach
    void close() {
        storage.close();
        source.close();
    }

    private static TokenHash hash(String digits) {
        return TokenHash.of("sha256", digits.repeat(32));
    }

    @Test
    void every_column_of_a_token_is_numbered_or_not() throws SQLException {
        Set<String> known = new TreeSet<>(NUMBERED.keySet());
        for (Set<String> others : List.of(NOT_NUMBERED.keySet(), NUMBERED_BY_ITSELF, NOT_NUMBERED_BY_ITSELF)) {
            Set<String> twice = new HashSet<>(known);
            twice.retainAll(others);
            assertThat(twice).isEmpty();
            known.addAll(others);
        }
        assertThat(columns("tokens")).isEqualTo(known);
    }

    @Test
    void every_state_of_a_tenant_is_numbered() throws SQLException {
        assertThat(columns("tenants")).isEqualTo(Set.of("tenant_id", "suspended_at", "gone_at", "erased_at"));
        long before = number();
        tokens.setSuspended("t", NOW, List.of());
        tokens.setGone("t", NOW, List.of());
        tokens.setErased("t", List.of());
        assertThat(number()).isEqualTo(before + 3);
    }

    private Set<String> columns(String table) throws SQLException {
        Set<String> columns = new TreeSet<>();
        try (Connection connection = source.getConnection();
                ResultSet found = connection
                        .getMetaData()
                        .getColumns(null, null, "LECTERN_" + table.toUpperCase(Locale.ROOT), null)) {
            while (found.next()) {
                columns.add(found.getString("COLUMN_NAME").toLowerCase(Locale.ROOT));
            }
        }
        return columns;
    }

    @Test
    void a_change_of_a_numbered_column_takes_a_number() throws SQLException {
        for (Map.Entry<String, UnaryOperator<StoredTokenBuilder>> change : NUMBERED.entrySet()) {
            assertThat(numbersTakenBy(change)).as(change.getKey()).isEqualTo(1);
        }
        StoredToken token = insert();
        long before = number();
        tokens.revoke(SingleRevocation.of("t", token.id(), NOW, List.of()));
        assertThat(number()).isEqualTo(before + 1);
    }

    @Test
    void a_change_of_another_column_takes_none() throws SQLException {
        for (Map.Entry<String, UnaryOperator<StoredTokenBuilder>> change : NOT_NUMBERED.entrySet()) {
            assertThat(numbersTakenBy(change)).as(change.getKey()).isZero();
        }
        StoredToken token = insert();
        Map<String, String> row = row(token);
        long before = number();
        assertThat(tokens.claimExpiryNotice(token, new ExpiryNotice(NOW, Duration.ofDays(1))))
                .isTrue();
        Map<String, String> noticed = row(token);
        row.keySet().removeIf(column -> row.get(column).equals(noticed.get(column)));
        assertThat(row.keySet()).containsExactlyInAnyOrder("expiry_notice_end", "expiry_notice_ahead");
        assertThat(number()).isEqualTo(before);
    }

    /** Also checks that exactly the column of that name is changed. */
    private long numbersTakenBy(Map.Entry<String, UnaryOperator<StoredTokenBuilder>> change) throws SQLException {
        StoredToken token = insert();
        Map<String, String> row = row(token);
        long before = number();
        StoredToken changed = change.getValue().apply(token.toBuilder()).build();
        assertThat(tokens.update(changed, TokenConstraints.none(), List.of())).isEqualTo(WriteResult.APPLIED);
        Map<String, String> changedRow = row(token);
        row.keySet().removeIf(column -> row.get(column).equals(changedRow.get(column)));
        assertThat(row.keySet()).containsExactlyInAnyOrder(change.getKey(), "revision");
        return number() - before;
    }

    private StoredToken insert() throws SQLException {
        H2.execute(source, "DELETE FROM lectern_tokens");
        H2.execute(source, "DELETE FROM lectern_tenants");
        return tokens.insert(
                        StoredToken.builder("a", "t", TokenEnvironment.LIVE, "name", NOW)
                                .secret("selector", hash("00"))
                                .build(),
                        TokenConstraints.none(),
                        List.of())
                .stored()
                .orElseThrow();
    }

    private Map<String, String> row(StoredToken token) throws SQLException {
        Map<String, String> row = new TreeMap<>();
        try (Connection connection = source.getConnection();
                ResultSet found = connection
                        .createStatement()
                        .executeQuery("SELECT * FROM lectern_tokens WHERE token_id = '" + token.id() + "'")) {
            found.next();
            for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                row.put(
                        found.getMetaData().getColumnName(i).toLowerCase(Locale.ROOT),
                        String.valueOf(found.getString(i)));
            }
        }
        return row;
    }

    private long number() throws SQLException {
        return H2.number(source, "SELECT change_number FROM lectern_change_counter");
    }
}
