package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

/** Every change that affects authorization takes one sequence number, as the last step before its commit. */
class ChangeNumbersTest {

    private final DataSource source = H2.inMemory();
    private final OpenStorage storage =
            JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open();
    private final TokenStore tokens = storage.tokens();
    private final LecternAuth auth =
            LecternAuth.builder(Lectern.DIALECT).tokens(tokens).open();

    @AfterEach
    void close() {
        auth.close();
        storage.close();
    }

    @Test
    void changes_that_decide_take_one_number_each_and_others_none() throws SQLException {
        StoredToken token = issue();
        assertThat(number()).as("issue").isZero();

        update(new TokenUpdate().name("other").description("words").metadata(Map.of("a", "b")));
        tokens.recordLastUsed(Map.of(token.id(), Instant.now()), Duration.ZERO);
        assertThat(number()).as("name, description, metadata, last-used").isZero();

        update(new TokenUpdate().scopes(ScopeSet.parse("read:finance")));
        assertThat(number()).as("scopes").isEqualTo(1);
        update(new TokenUpdate().expiresAt(Instant.now().plusSeconds(900)));
        assertThat(number()).as("expiry").isEqualTo(2);
        update(new TokenUpdate().rateLimits(Map.of("read", 5L)));
        assertThat(number()).as("limits").isEqualTo(3);
        auth.tenant("123").tokens().withoutWaiting().regenerate(token.id()).orElseThrow();
        assertThat(number()).as("regenerate").isEqualTo(4);
        auth.tenant("123")
                .tokens()
                .rotate(token.id(), GracePeriod.of(Duration.ofHours(1)))
                .orElseThrow();
        assertThat(number()).as("rotate").isEqualTo(5);
        auth.tenant("123").tokens().withoutWaiting().revoke(token.id()).orElseThrow();
        assertThat(number()).as("revoke").isEqualTo(6);
        auth.tenant("123").tokens().withoutWaiting().revoke(token.id()).orElseThrow();
        assertThat(number()).as("a repeated revocation").isEqualTo(6);
    }

    @Test
    void a_number_names_the_token_that_changed() throws SQLException {
        StoredToken token = issue();
        auth.tenant("123").tokens().withoutWaiting().regenerate(token.id()).orElseThrow();
        auth.tenant("123").tokens().withoutWaiting().revoke(token.id()).orElseThrow();

        assertThat(changed(1)).isEqualTo(token.id());
        assertThat(changed(2)).isEqualTo(token.id());
    }

    @Test
    void a_change_of_many_tokens_takes_one_number() throws SQLException {
        issue();
        issue();
        auth.tenant("123").withoutWaiting().suspend();
        assertThat(number()).as("suspension").isEqualTo(1);
        auth.tenant("123").withoutWaiting().suspend();
        assertThat(number()).as("a repeated suspension").isEqualTo(1);
        auth.tenant("123").withoutWaiting().resume();
        assertThat(number()).as("the end of the suspension").isEqualTo(2);
        auth.tenant("123").tokens().withoutWaiting().revokeAll();
        assertThat(number()).as("the revocation of all tokens").isEqualTo(3);
        auth.tenant("123").tokens().withoutWaiting().revokeAll();
        assertThat(number()).as("the revocation of no token").isEqualTo(3);
        for (int change = 1; change <= 3; change++) {
            assertThat(changed(change)).isEqualTo("123");
        }
    }

    @Test
    void another_hash_of_the_same_secret_takes_no_number() throws SQLException {
        StoredToken token = issue();
        StoredToken rehashed = token.toBuilder()
                .secret("other", TokenHash.of("sha256", "00ff"))
                .build();
        assertThat(tokens.rehash(rehashed, List.of())).isEqualTo(WriteResult.APPLIED);
        assertThat(number()).isZero();
    }

    /** If the number were taken before the row is changed, it would be locked or visible while the change still waits. */
    @ParameterizedTest
    @EnumSource
    void a_change_that_waits_for_its_row_has_taken_no_number_and_holds_up_no_other(Change change) throws Exception {
        StoredToken locked = issue();
        StoredToken free = issue();
        try (Connection administrator = source.getConnection();
                Statement statement = administrator.createStatement()) {
            administrator.setAutoCommit(false);
            statement.executeUpdate("UPDATE lectern_tokens SET name = 'held' WHERE token_id = '" + locked.id() + "'");

            CompletableFuture<WriteResult> waiting = CompletableFuture.supplyAsync(() -> change.make(tokens, locked));
            Patience.await().until(() -> waitsForALock(source));
            assertThat(waiting).isNotDone();
            assertThat(number()).as("while the change waits").isZero();
            assertThat(numberThatNobodyHolds()).as("while the change waits").isZero();
            assertThat(tokens.revoke(SingleRevocation.of("123", free.id(), Instant.now(), List.of())))
                    .isEqualTo(WriteResult.APPLIED);
            assertThat(changed(1)).isEqualTo(free.id());

            administrator.commit();
            assertThat(waiting.get(60, TimeUnit.SECONDS)).isEqualTo(WriteResult.APPLIED);
            assertThat(changed(2)).isEqualTo(locked.id());
        }
    }

    enum Change {
        REVOKE {
            @Override
            WriteResult make(TokenStore tokens, StoredToken token) {
                return tokens.revoke(SingleRevocation.of("123", token.id(), Instant.now(), List.of()));
            }
        },
        UPDATE {
            @Override
            WriteResult make(TokenStore tokens, StoredToken token) {
                StoredToken narrower = token.toBuilder().scopes(ScopeSet.none()).build();
                return tokens.update(narrower, TokenConstraints.none(), List.of());
            }
        },
        ROTATE {
            @Override
            WriteResult make(TokenStore tokens, StoredToken token) {
                StoredToken successor = StoredToken.builder(
                                "successor", "123", token.environment(), token.name(), token.createdAt())
                        .secret("selector-of-successor", token.hash())
                        .build();
                StoredToken predecessor =
                        token.toBuilder().successorId("successor").build();
                return tokens.rotate(predecessor, successor, TokenConstraints.none(), List.of());
            }
        };

        abstract WriteResult make(TokenStore tokens, StoredToken token);
    }

    /** Returns the counter's number. Fails if a transaction has locked its row. */
    private long numberThatNobodyHolds() throws SQLException {
        return H2.number(source, "SELECT change_number FROM lectern_change_counter WHERE id = 1 FOR UPDATE NOWAIT");
    }

    private StoredToken issue() {
        String id = auth.tenant("123")
                .tokens()
                .issue(NewToken.named("t").scopes(ScopeSet.parse("read:learners")))
                .orElseThrow()
                .id();
        return tokens.get("123", id).orElseThrow();
    }

    /** So that an application's test can reproduce them. */
    @Test
    void marks_and_incarnations_are_drawn_from_the_randomness_that_was_given() throws SQLException {
        SecureRandom given = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public long nextLong() {
                return 4_711;
            }
        };
        issue();
        try (OpenStorage other = JdbcStorage.builder(source)
                .deadline(Patience.DEADLINE)
                .random(given)
                .existingTables()
                .build()
                .open()) {
            other.tokens().setSuspended("123", Instant.now(), List.of());
            other.exactLimits()
                    .take(
                            LimitTake.of(new LimitKey("a", "b"), RateLimit.fixed(5, Duration.ofDays(366))),
                            Clocks.system().now());
        }
        assertThat(H2.number(source, "SELECT mark FROM lectern_changes")).isEqualTo(4_711);
        assertThat(H2.number(source, "SELECT COUNT(*) FROM lectern_limits WHERE state LIKE '%4711%'"))
                .isOne();
    }

    private void update(TokenUpdate settings) {
        StoredToken token = tokens.list(TokenFilter.ofTenant("123").limit(1)).get(0);
        auth.tenant("123")
                .tokens()
                .withoutWaiting()
                .update(token.id(), settings)
                .orElseThrow();
    }

    private static boolean waitsForALock(DataSource source) throws SQLException {
        return H2.number(source, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS WHERE BLOCKER_ID IS NOT NULL") > 0;
    }

    private long number() throws SQLException {
        return H2.number(source, "SELECT change_number FROM lectern_change_counter WHERE id = 1");
    }

    private String changed(long number) throws SQLException {
        try (Connection connection = source.getConnection()) {
            return Sql.query(
                            connection,
                            "SELECT COALESCE(token_id, tenant_id) FROM lectern_changes WHERE change_number = ?",
                            statement -> statement.setLong(1, number),
                            row -> row.getString(1))
                    .get(0);
        }
    }
}
