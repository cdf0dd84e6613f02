package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.TokenSearch;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** Rows that a node of version 1 wrote have no line and no start of their lifetime. */
class VersionOneRowsTest {

    private static final Duration MAX_LIFETIME = Duration.ofDays(1);

    @TempDir
    private Path folder;

    private HikariDataSource source;
    private LecternAuth auth;
    private TokenOperations tokens;

    static List<TestDatabase.Kind> databases() {
        return TestDatabase.Kind.all();
    }

    private void open(TestDatabase.Kind kind) throws SQLException {
        source = TestDatabase.of(kind, folder).pool();
        auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.builder(source).deadline(Patience.DEADLINE).build())
                .withoutCache()
                .maxLifetime(MAX_LIFETIME)
                .maxLiveTokensPerTenant(2)
                .open();
        tokens = auth.tenant("123").tokens().withoutWaiting();
    }

    @AfterEach
    void close() {
        auth.close();
        source.close();
    }

    private IssuedToken issue(String name) {
        return issued(name).orElseThrow();
    }

    private Outcome<IssuedToken> issued(String name) {
        return tokens.issue(NewToken.named(name).scopes("read:learners"));
    }

    private void writeAsVersionOne() throws SQLException {
        H2.execute(source, "UPDATE lectern_tokens SET line_id = NULL, lifetime_started_at = NULL");
    }

    private static Kind refusal(Outcome<?> outcome) {
        return ((Outcome.Refused<?>) outcome).error().kind();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void each_is_a_line_of_its_own_for_the_maximum_of_live_tokens(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken first = issue("first");
        issue("second");
        writeAsVersionOne();
        assertThat(refusal(issued("third"))).isEqualTo(Kind.TOO_MANY_TOKENS);

        // The successor belongs to the line that begins with the row, so it adds none.
        IssuedToken successor =
                tokens.rotate(first.id(), GracePeriod.untilRevoked()).orElseThrow();
        assertThat(refusal(issued("third"))).isEqualTo(Kind.TOO_MANY_TOKENS);
        assertThat(refusal(tokens.rotate(successor.id(), GracePeriod.untilRevoked())))
                .isEqualTo(Kind.TOO_MANY_TOKENS);
        assertThat(H2.number(source, "SELECT COUNT(*) FROM lectern_tokens WHERE line_id = '%s'".formatted(first.id())))
                .isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void the_maximum_lifetime_counts_from_the_creation(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken token = issue("first");
        writeAsVersionOne();
        Token read = tokens.get(token.id()).orElseThrow();
        assertThat(auth.effectiveExpiry(read))
                .contains(token.token().createdAt().plus(MAX_LIFETIME));
        for (long millis : new long[] {0, 1}) {
            TokenSearch search = TokenSearch.all()
                    .expiresBefore(read.createdAt().plus(MAX_LIFETIME).plusMillis(millis));
            assertThat(tokens.list(search, CursorPage.START, 10).items()).hasSize((int) millis);
        }
    }
}
