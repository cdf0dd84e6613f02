package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.jdbc.CacheNode.Planted;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/**
 * Processes that decide from their caches, each with a separate connection path to one database, and the tokens that they
 * share.
 */
final class CacheCluster implements AutoCloseable {

    private static final Duration POLL_EVERY = Duration.ofMillis(50);
    private static final int OF_A_GROUP = 3;

    private final TestDatabase database;
    private final Path folder;
    private final Planted planted;
    private final HikariDataSource pool;
    private final OpenStorage storage;
    private final IdleTokens idle;
    private final LecternAuth auth;
    private final List<TcpProxy> ways = new ArrayList<>();
    private final List<CacheNodeProcess> nodes = new CopyOnWriteArrayList<>();
    private final List<CacheNodeProcess> killed = new CopyOnWriteArrayList<>();
    private final List<SharedToken> tokens = new CopyOnWriteArrayList<>();
    private final List<ChangeRecord> changes = new CopyOnWriteArrayList<>();
    private final Consumer<ChangeRecord> onEnd;
    private Duration longestLease = Duration.ofSeconds(1);

    CacheCluster(TestDatabase database, int size, Path folder, Planted planted, Consumer<ChangeRecord> onEnd)
            throws Exception {
        this.database = database;
        this.folder = folder;
        this.planted = planted;
        this.onEnd = onEnd;
        pool = database.pool();
        storage = JdbcStorage.builder(pool).deadline(Patience.DEADLINE).build().open();
        idle = new IdleTokens(pool);
        auth = LecternAuth.builder(Lectern.DIALECT).tokens(storage.tokens()).open();
        for (int i = 0; i < size; i++) {
            ways.add(new TcpProxy(database.port()));
            nodes.add(launch(i));
        }
        for (CacheNodeProcess node : nodes) {
            node.requireSameClock();
        }
    }

    private CacheNodeProcess launch(int place) throws IOException {
        return new CacheNodeProcess(database.through(ways.get(place)), planted, POLL_EVERY, folder, onEnd);
    }

    /** Issues a token that all nodes decide about from now on. */
    SharedToken issue() {
        int index = tokens.size();
        // The groups by tenant and by creator overlap.
        return issue("tenant" + index / OF_A_GROUP, "user" + (index + 1) / OF_A_GROUP, null);
    }

    /** Issues a token that is not changed and that expires. All nodes decide about it more often. */
    SharedToken issueUntil(Instant end) {
        SharedToken passing = issue("passing", "passing", end);
        nodes.forEach(node -> node.tell("hot " + passing.index()));
        return passing;
    }

    /**
     * Issues a token that is not changed, and that ends by the maximum lifetime. All nodes decide about it more often, but only
     * when the row has a start that long ago.
     */
    SharedToken issueUntilMaximum(Instant end) throws SQLException {
        SharedToken token = issued("passing", "passing", null).endingAt(end);
        try (Connection connection = pool.getConnection()) {
            Sql.update(
                    connection, "UPDATE lectern_tokens SET lifetime_started_at = ? WHERE token_id = ?", statement -> {
                        statement.setLong(1, end.minus(CacheNode.MAX_LIFETIME).toEpochMilli());
                        statement.setString(2, token.id());
                    });
        }
        SharedToken shared = share(token);
        nodes.forEach(node -> node.tell("hot " + token.index()));
        return shared;
    }

    /**
     * Issues a token that is idle from a time on, unless it is used before. The nodes begin to decide about it only when the
     * row has a creation that long ago.
     */
    SharedToken issueIdleFrom(Instant end) throws SQLException {
        SharedToken token = issued("idle", "idle", null);
        idle.backdate(token, end);
        SharedToken shared = share(token);
        nodes.forEach(node -> node.tell("hot " + token.index()));
        return shared;
    }

    IdleTokens idle() {
        return idle;
    }

    /**
     * Waits until the database has a use of each idle token that a node has allowed. The uses of a process that was killed may
     * be lost.
     */
    void awaitIdleTokensAreRecorded() {
        for (SharedToken token : idle.tokens()) {
            if (nodes.stream().anyMatch(node -> node.hasAllowed(token))) {
                Patience.await("the recorded use of " + token).until(() -> idle.isRecorded(token));
            }
        }
    }

    private SharedToken issue(String tenant, String creator, @Nullable Instant end) {
        return share(issued(tenant, creator, end));
    }

    private SharedToken issued(String tenant, String creator, @Nullable Instant end) {
        int index = tokens.size();
        NewToken settings = NewToken.named("t" + index).scopes(ScopeSet.parse("read:learners write:learners"));
        if (end != null) {
            settings.expiresAt(end);
        }
        IssuedToken issued = auth.tenant(tenant)
                .tokens()
                .actingAs(Actor.user(creator, Grant.everything()))
                .issue(settings)
                .orElseThrow();
        return new SharedToken(
                index,
                issued.id(),
                tenant,
                creator,
                issued.secret().expose(),
                System.nanoTime(),
                end == null ? SharedToken.NEVER : end.toEpochMilli());
    }

    /** Adds the new secret of the token on all nodes. */
    SharedToken succeed(SharedToken token, String secret) {
        return share(token.with(tokens.size(), secret));
    }

    private synchronized SharedToken share(SharedToken token) {
        tokens.add(token);
        nodes.forEach(node -> node.tell("token " + token.line()));
        return token;
    }

    ChangeRecord change(int place, RestrictiveChange what, SharedToken token, boolean confirmed) {
        nodes.forEach(node -> node.tell("hot " + token.index()));
        ChangeRecord change = nodes.get(place).change(what, token, confirmed);
        changes.add(change);
        return change;
    }

    /** Makes a change, and waits for it. */
    ChangeRecord changed(int place, RestrictiveChange what, SharedToken token, boolean confirmed) {
        ChangeRecord change = change(place, what, token, confirmed);
        Patience.await().until(() -> change.outcome != null);
        return change;
    }

    /** Kills a process and starts another in its place. */
    void replace(int place) throws Exception {
        CacheNodeProcess dead = nodes.get(place);
        dead.kill();
        killed.add(dead);
        CacheNodeProcess anew = launch(place);
        synchronized (this) {
            nodes.set(place, anew);
            tokens.forEach(token -> anew.tell("token " + token.line()));
        }
    }

    /** Retries until it succeeds: a database that has just restarted may fail again. */
    void setLease(Duration length) {
        Patience.await()
                .ignoreException(StorageException.class)
                .untilAsserted(() -> storage.tokens().changes().orElseThrow().setLease(length));
        longestLease = longestLease.compareTo(length) > 0 ? longestLease : length;
    }

    CacheNodeProcess node(int place) {
        return nodes.get(place);
    }

    /** Makes every node decide about a token now. */
    void decide(SharedToken token) {
        nodes.forEach(node -> node.decide(token));
    }

    TcpProxy way(int place) {
        return ways.get(place);
    }

    List<ChangeRecord> changes() {
        return changes;
    }

    /** Stops all nodes, and checks their decisions. */
    RevocationHistory history() throws Exception {
        for (CacheNodeProcess node : nodes) {
            node.stop();
        }
        RevocationHistory history = new RevocationHistory(tokens, changes, longestLease, idle);
        for (CacheNodeProcess node : nodes) {
            history.check(node);
        }
        for (CacheNodeProcess node : killed) {
            history.check(node);
        }
        return history;
    }

    @Override
    public void close() throws IOException {
        nodes.forEach(CacheNodeProcess::close);
        for (TcpProxy way : ways) {
            way.close();
        }
        auth.close();
        storage.close();
        pool.close();
    }
}
