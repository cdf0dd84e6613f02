package school.lectern.auth.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.TokenHasher;

/**
 * The heap memory of a cached token: reads many tokens from a database into the cache, and divides the additional memory by
 * their number.
 */
public final class HeapPerToken {

    private static final int TOKENS = 100_000;

    private HeapPerToken() {}

    /** Prints the bytes of a Lectern token with three scopes, including its share of the cache's own tables. */
    public static void main(String[] arguments) throws Exception {
        // Not H2: in the same process, it shares its stored strings with the rows, so they would not be counted.
        DatabaseServer server = DatabaseServer.start("postgresql");
        try (OpenStorage storage = JdbcStorage.builder(server.pool()).build().open()) {
            fill(server.pool(), storage);
            find(storage.tokens(), 1);
            CachingTokenStore cache = CachingTokenStore.builder(storage.tokens())
                    .maxTokens(2L * TOKENS)
                    .maxBytes(1L << 40)
                    .open();
            long before = used();
            for (int i = 1; cache.size() < TOKENS; i = i % TOKENS + 1) {
                find(cache, i);
            }
            System.out.printf("heap per cached token: %d bytes, goal ≤ 400%n", (used() - before) / cache.size());
            cache.close();
        }
        server.stop();
        System.exit(0);
    }

    private static void find(TokenStore tokens, int number) {
        Secret secret = Secret.of(SeedRows.token(number));
        SecretVerifier probe = new TokenHasher()
                .verifierFor((PresentedToken) Lectern.DIALECT.format().parse(secret));
        Tokens.require(Tokens.rows(tokens, probe).size() == 1, "found");
    }

    private static void fill(HikariDataSource pool, OpenStorage storage) throws SQLException {
        NewToken settings =
                NewToken.named("benchmark").scopes(ScopeSet.parse("read:learners write:learners read:courses"));
        try (LecternAuth auth =
                LecternAuth.builder(Lectern.DIALECT).tokens(storage.tokens()).open()) {
            auth.tenant("123").tokens().issue(settings).orElseThrow();
        }
        SeedRows.fill(pool, "postgresql", TOKENS);
    }

    private static long used() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(200);
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
