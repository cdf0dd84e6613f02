package school.lectern.auth.benchmarks;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.ImportedToken;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.token.TokenHash;

/**
 * Bulk operations: an import of 1,000 tokens, and the revocation of 100,000 tokens of one tenant. Each call is measured
 * separately, on tokens that no previous call has used. Each writes audit rows and commits durably.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
public class BulkBenchmark {

    static final int IMPORTED = 1_000;

    private static final ScopeSet SCOPES = ScopeSet.parse("read:learners write:learners");

    /** The database product. */
    @Param({"postgresql", "mariadb", "h2"})
    public String database;

    private DatabaseServer server;
    private OpenStorage storage;
    private LecternAuth auth;
    private int made;

    /** Starts the server. */
    @Setup
    public void setUp() throws Exception {
        server = DatabaseServer.start(database);
        storage = JdbcStorage.builder(server.pool()).build().open();
        auth = LecternAuth.builder(Lectern.DIALECT).tokens(storage.tokens()).open();
    }

    /** Imports of the maximum number of tokens per call. */
    @State(Scope.Benchmark)
    public static class Imports {
        private List<ImportedToken> imports;

        /** Generates the tokens and their hashes in the old system. */
        @Setup(Level.Invocation)
        public void setUp(BulkBenchmark all) {
            imports = all.imports("imported", IMPORTED);
        }
    }

    /** A tenant with many tokens. */
    @State(Scope.Benchmark)
    public static class Tenant {
        /** The number of tokens. */
        @Param({"100000"})
        public int tokens;

        private String id;

        /** Imports the tokens. */
        @Setup(Level.Invocation)
        public void setUp(BulkBenchmark all) {
            id = "tenant-" + all.made;
            for (int i = 0; i < tokens / IMPORTED; i++) {
                all.require(all.imports(id, IMPORTED));
            }
        }
    }

    private List<ImportedToken> imports(String tenantId, int count) {
        int first = made;
        made += count;
        return IntStream.range(first, first + count)
                .mapToObj(number -> imported(tenantId, number))
                .toList();
    }

    private static ImportedToken imported(String tenantId, int number) {
        String token = SeedRows.token(number);
        return ImportedToken.of(
                        tenantId,
                        TokenEnvironment.LIVE,
                        TokenHash.sha256(sha256(token)),
                        token.substring(0, "sk_live_lectern_".length() + 4),
                        Instant.EPOCH)
                .name("benchmark")
                .scopes(SCOPES);
    }

    private static String sha256(String token) {
        MessageDigest digest = new TokenCycle().sha256;
        return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.US_ASCII)));
    }

    private void require(List<ImportedToken> imports) {
        auth.acrossTenants().importTokens(imports).forEach(outcome -> outcome.orElseThrow());
    }

    /** The library: a thousand tokens in one call. */
    @Benchmark
    @Warmup(iterations = 20)
    @Measurement(iterations = 20)
    public void importTokens(Imports what) {
        require(what.imports);
    }

    /** The library: all tokens of a tenant. The wait for propagation after the commit is not measured. */
    @Benchmark
    @Warmup(iterations = 1)
    @Measurement(iterations = 2)
    public long revokeAll(Tenant tenant) {
        long revoked =
                auth.tenant(tenant.id).tokens().withoutWaiting().revokeAll().orElseThrow();
        Tokens.require(revoked == tenant.tokens, "revokeAll");
        return revoked;
    }

    /** Stops the server. */
    @TearDown
    public void tearDown() throws Exception {
        auth.close();
        storage.close();
        server.stop();
    }
}
