package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.ImportedToken;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.TokenHash;

/**
 * A node of version 1 of the tokens' settings shares a database with a node of this version. From the first use of a setting
 * that it does not have, it allows nothing, with a cache or without one.
 */
class VersionFenceTest {

    private static final NewToken TOKEN = NewToken.named("t").scopes("read:learners");

    @TempDir
    private Path folder;

    private HikariDataSource source;
    private LecternAuth current;
    private LecternAuth older;
    private LecternAuth olderWithCache;

    static List<TestDatabase.Kind> databases() {
        return TestDatabase.Kind.all();
    }

    private void open(TestDatabase.Kind kind) throws SQLException {
        source = TestDatabase.of(kind, folder).pool();
        current = auth(storage()).open();
        older = auth(storage().readerVersion(1)).withoutCache().open();
        olderWithCache = auth(storage().readerVersion(1)).open();
    }

    private JdbcStorage.Builder storage() {
        return JdbcStorage.builder(source).deadline(Patience.DEADLINE);
    }

    private static LecternAuthBuilder auth(JdbcStorage.Builder storage) {
        return LecternAuth.builder(Lectern.DIALECT).storage(storage.build());
    }

    @AfterEach
    void close() {
        List.of(olderWithCache, older, current).forEach(LecternAuth::close);
        source.close();
    }

    private TokenOperations tokens() {
        return current.tenant("123").tokens();
    }

    private IssuedToken issue() {
        return tokens().issue(TOKEN).orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void an_older_node_does_not_allow_what_a_newer_one_disabled(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken token = issue();
        assertThat(Node.decide(older, token)).isInstanceOf(Allowed.class);
        Patience.await().until(() -> olderWithCache.cacheStatus().orElseThrow().isLeaseLive());
        assertThat(Node.decide(olderWithCache, token)).isInstanceOf(Allowed.class);
        assertThat(minReader()).isEqualTo(1);

        tokens().disable(token.id()).orElseThrow();
        assertThat(minReader()).isEqualTo(2);
        assertThat(kind(older, token)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(olderWithCache, token)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(current, token)).isEqualTo(Kind.DISABLED);

        tokens().enable(token.id()).orElseThrow();
        assertThat(minReader()).as("the fence stays").isEqualTo(2);
        assertThat(kind(older, token)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(olderWithCache, token)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(olderWithCache.cacheStatus().orElseThrow().isLeaseLive()).isFalse();
        assertThat(Node.decide(current, token)).isInstanceOf(Allowed.class);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void an_older_node_does_not_allow_a_token_that_is_not_valid_yet(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken token = tokens().issue(
                        NewToken.named("later").scopes("read:learners").notBefore(tomorrow()))
                .orElseThrow();
        assertThat(minReader()).isEqualTo(2);
        assertThat(kind(older, token)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(olderWithCache, token)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(current, token)).isEqualTo(Kind.NOT_YET_VALID);
    }

    /** An older node would count the maximum lifetime from the creation of the successor. */
    @ParameterizedTest
    @MethodSource("databases")
    void an_older_node_does_not_allow_a_token_that_its_bearer_created(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken token = issue();
        Patience.await().until(() -> Instant.now().isAfter(token.token().createdAt()));
        IssuedToken successor = current.rotateSelf(
                        Node.request(current, token), Requirement.anyToken(), GracePeriod.of(Duration.ofDays(1)))
                .orElseThrow();
        assertThat(minReader()).isEqualTo(2);
        assertThat(kind(older, successor)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(kind(olderWithCache, successor)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(Node.decide(current, successor)).isInstanceOf(Allowed.class);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void an_older_node_cannot_change_or_rotate_a_token_and_can_revoke_it(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken token = issue();
        tokens().disable(token.id()).orElseThrow();
        TokenOperations old = older.tenant("123").tokens().withoutWaiting();
        assertThatThrownBy(() -> old.update(token.id(), new TokenUpdate().name("u")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("settings that version 1 of the tables does not have");
        assertThatThrownBy(() -> old.regenerate(token.id())).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> old.get(token.id())).isInstanceOf(StorageException.class);

        old.revoke(token.id()).orElseThrow();
        assertThat(tokens().get(token.id()).orElseThrow().isRevoked()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void an_older_node_does_not_start_behind_the_fence(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        storage().readerVersion(1).build().open().close();
        tokens().disable(issue().id()).orElseThrow();
        JdbcStorage old = storage().readerVersion(1).build();
        assertThatThrownBy(old::open)
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("replace it with one of a newer version");
    }

    /** A restore of a backup may bring an older fence back. */
    @ParameterizedTest
    @MethodSource("databases")
    void every_use_of_such_a_setting_raises_the_fence(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken token = issue();
        tokens().update(token.id(), new TokenUpdate().name("u").scopes("read:courses"))
                .orElseThrow();
        assertThat(minReader()).as("another change raises no fence").isEqualTo(1);

        tokens().update(token.id(), new TokenUpdate().notBefore(tomorrow())).orElseThrow();
        assertRaised();
        IssuedToken successor =
                tokens().rotate(token.id(), GracePeriod.of(Duration.ofDays(1))).orElseThrow();
        assertThat(successor.token().notBefore()).isPresent();
        assertRaised();
        tokens().disable(issue().id()).orElseThrow();
        assertRaised();
        current.acrossTenants()
                .importTokens(List.of(imported().notBefore(tomorrow())))
                .forEach(outcome -> outcome.orElseThrow());
        assertRaised();
    }

    private static ImportedToken imported() {
        return ImportedToken.of(
                        "123",
                        TokenEnvironment.LIVE,
                        TokenHash.sha256("ab".repeat(32)),
                        "sk_live_lectern_Abcd",
                        Instant.EPOCH)
                .name("imported")
                .scopes("read:learners");
    }

    private void assertRaised() throws SQLException {
        assertThat(minReader()).isEqualTo(2);
        H2.execute(source, "UPDATE lectern_change_counter SET min_reader = 1");
    }

    private static Instant tomorrow() {
        return Instant.now().plus(Duration.ofDays(1));
    }

    private long minReader() throws SQLException {
        return H2.number(source, "SELECT min_reader FROM lectern_change_counter");
    }

    private static Kind kind(LecternAuth auth, IssuedToken token) {
        Decision decision = Node.decide(auth, token);
        assertThat(decision).isInstanceOf(Denied.class);
        return ((Denied) decision).error().kind();
    }
}
