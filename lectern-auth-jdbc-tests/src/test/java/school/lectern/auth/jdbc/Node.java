package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.TenantOperations;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

/** A simulated process that shares a database with others: it has a pool, a storage and a LecternAuth of its own. */
final class Node implements AutoCloseable {

    final HikariDataSource pool;
    final OpenStorage storage;
    final LecternAuth auth;

    private Node(HikariDataSource pool, DataSource lent, Duration deadline, AuditMode recording) {
        this.pool = pool;
        storage = JdbcStorage.builder(lent).deadline(deadline).build().open();
        auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(storage.tokens())
                .limits(storage.limits())
                .audit(storage.audit(), recording)
                .open();
    }

    /** Creates a node with durable recording and the default deadline. */
    static Node of(TestDatabase database) {
        return of(database, AuditMode.DURABLE);
    }

    static Node of(TestDatabase database, AuditMode recording) {
        HikariDataSource pool = database.pool();
        return new Node(pool, pool, Duration.ofMillis(500), recording);
    }

    static Node of(TestDatabase database, Duration deadline) {
        HikariDataSource pool = database.pool();
        return new Node(pool, pool, deadline, AuditMode.DURABLE);
    }

    /** Creates a node with a long deadline, for tests that do not check time and may run on a busy machine. */
    static Node patient(TestDatabase database) {
        return of(database, Patience.DEADLINE);
    }

    /** Creates a node that gets its connections from {@code lent}, and closes the pool at the end. */
    static Node of(HikariDataSource pool, DataSource lent) {
        return new Node(pool, lent, Duration.ofMillis(500), AuditMode.DURABLE);
    }

    static Node patient(HikariDataSource pool, DataSource lent) {
        return new Node(pool, lent, Duration.ofSeconds(30), AuditMode.BUFFERED);
    }

    TokenStore tokens() {
        return storage.tokens();
    }

    /** Changes return when they are committed: the race is in the database, and there is no cache. */
    TokenOperations operations() {
        return tenant().tokens();
    }

    TenantOperations tenant() {
        return auth.tenant("123").withoutWaiting();
    }

    IssuedToken issue() {
        NewToken token = NewToken.named("t").scopes(ScopeSet.parse("read:learners"));
        return auth.tenant("123").tokens().issue(token).orElseThrow();
    }

    StoredToken get(IssuedToken token) {
        return storage.tokens().get("123", token.id()).orElseThrow();
    }

    Decision decide(IssuedToken token) {
        return decide(auth, token);
    }

    static Decision decide(LecternAuth auth, IssuedToken token) {
        return auth.authenticate(request(auth, token), Requirement.scope("read:learners"));
    }

    static AuthRequest request(LecternAuth auth, IssuedToken token) {
        String header = "Bearer " + token.secret().expose();
        return new AuthRequest(
                auth.newRequestId(),
                "GET",
                "/v1/learners",
                null,
                name -> name.equals("Authorization") ? List.of(header) : List.of());
    }

    boolean allows(IssuedToken token) {
        return decide(token) instanceof Allowed;
    }

    Kind kind(IssuedToken token) {
        return ((Denied) decide(token)).error().kind();
    }

    @Override
    public void close() {
        auth.close();
        storage.close();
        pool.close();
    }
}
