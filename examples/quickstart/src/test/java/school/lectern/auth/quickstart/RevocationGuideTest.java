package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.token.IssuedToken;

/**
 * The guide's Java code compiles, its SQL runs, and both have the effects that the guide describes, here between two nodes of
 * one database.
 */
class RevocationGuideTest {

    private static final Guide GUIDE = Guide.of("docs/revocation.md");
    private static final Requirement READ = Requirement.scope("read:learners");
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final HikariDataSource pool = pool();
    private final OpenStorage one = JdbcStorage.builder(pool).build().open();
    private final OpenStorage other = JdbcStorage.builder(pool).build().open();
    private final InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
    private final LecternAuth changing = RevocationExamples.cached(one, new InMemoryAuthMetrics());
    private final LecternAuth caching = RevocationExamples.cached(other, counters);

    private static HikariDataSource pool() {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:h2:mem:revocation" + NEXT.incrementAndGet() + ";DB_CLOSE_DELAY=-1");
        pool.setUsername("sa");
        return pool;
    }

    @AfterEach
    void close() {
        changing.close();
        caching.close();
        one.close();
        other.close();
        pool.close();
    }

    private IssuedToken issue() {
        NewToken settings = NewToken.named("CI").scopes("read:learners");
        return changing.tenant("123").tokens().issue(settings).orElseThrow();
    }

    private static boolean isAllowed(LecternAuth auth, IssuedToken token) {
        List<String> bearer = List.of("Bearer " + token.secret().expose());
        AuthRequest request = new AuthRequest(
                auth.newRequestId(), "GET", "/", null, name -> name.equals("Authorization") ? bearer : List.of());
        return auth.authenticate(request, READ) instanceof Allowed;
    }

    /** Waits until the second node serves the token from memory. */
    private void keep(IssuedToken token) {
        long hits = counters.snapshot().get("hits");
        Patience.await()
                .until(() -> isAllowed(caching, token) && counters.snapshot().get("hits") > hits);
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), RevocationExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(4);
        GUIDE.isReadable();
    }

    @Test
    void a_change_that_one_node_confirmed_is_enforced_on_the_other() {
        IssuedToken token = issue();
        keep(token);
        Outcome<Revocation> outcome = RevocationExamples.revoke(changing, token.id(), Actor.application());
        assertThat(outcome.orElseThrow()).isEqualTo(Revocation.REVOKED);
        assertThat(isAllowed(caching, token)).isFalse();
    }

    @Test
    void many_changes_wait_once() {
        List<IssuedToken> tokens = List.of(issue(), issue(), issue(), issue(), issue());
        for (IssuedToken token : tokens) {
            keep(token);
        }
        List<String> ids = tokens.stream().map(token -> token.id()).toList();
        long start = System.nanoTime();
        assertThat(RevocationExamples.revokeMany(changing, ids, Actor.application()))
                .isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(1_010));
        assertThat(tokens).noneMatch(token -> isAllowed(caching, token));
    }

    @Test
    void the_sql_of_an_edit_by_hand_reaches_the_caches() throws Exception {
        IssuedToken token = issue();
        keep(token);
        String sql = GUIDE.blocks("sql").get(0).replace("apitoken_1", token.id());
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String edit : sql.strip().split(";")) {
                assertThat(statement.executeUpdate(edit)).isEqualTo(1);
            }
            connection.commit();
        }
        Patience.await().until(() -> !isAllowed(caching, token));
    }

    @Test
    void without_leases_nothing_waits_and_nothing_is_kept() throws SQLException {
        RevocationExamples.withoutLeases(one);
        IssuedToken token = issue();
        changing.tenant("123").tokens().revoke(token.id()).orElseThrow();
        assertThat(isAllowed(caching, token)).isFalse();
    }
}
