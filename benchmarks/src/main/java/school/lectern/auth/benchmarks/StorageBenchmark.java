package school.lectern.auth.benchmarks;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.token.VerifiedToken;

/**
 * A verification without a cache, and for comparison a prepared SELECT of the same row through the same pool. Both hash a token
 * and compare the hash. Tokens are chosen at random.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class StorageBenchmark {

    private static final int ASKED = 10_000;

    /** Reads the same data as the library's verification: the token, and its tenant's suspension. */
    private static final String SELECT = "SELECT k.*, t.suspended_at FROM lectern_tokens k"
            + " LEFT JOIN lectern_tenants t ON t.tenant_id = k.tenant_id WHERE k.selector = ?";

    /** The database product. */
    @Param({"h2", "postgresql", "mariadb"})
    public String database;

    /** The number of tokens. */
    @Param({"1000", "1000000"})
    public int rows;

    private final List<String> columns = new ArrayList<>();
    private final TokenHasher hasher = new TokenHasher();
    private final MessageDigest sha256 = new TokenCycle().sha256;
    private Secret[] known;
    private Secret[] unknown;
    private DatabaseServer server;
    private OpenStorage storage;
    private int turn;

    /** Starts the server, fills the table, and runs each benchmark once. */
    @Setup
    public void setUp() throws Exception {
        server = DatabaseServer.start(database);
        storage = JdbcStorage.builder(server.pool()).build().open();
        try (LecternAuth auth = Tokens.judge(storage.tokens()).open()) {
            Tokens.issue(auth);
        }
        SeedRows.fill(server.pool(), database, rows);
        known = secrets(1);
        unknown = secrets(1 + rows);
        learnColumns();
        Tokens.require(cold(), "cold");
        Tokens.require(select(), "select");
        Tokens.require(unknown(), "unknown");
    }

    /** Reads the column positions once. Code written by hand knows them in advance. */
    private void learnColumns() throws SQLException {
        try (Connection connection = server.pool().getConnection();
                PreparedStatement statement = connection.prepareStatement(SELECT)) {
            ResultSetMetaData described = statement.getMetaData();
            for (int i = 1; i <= described.getColumnCount(); i++) {
                columns.add(described.getColumnName(i).toLowerCase(Locale.ROOT));
            }
        }
    }

    /** Returns consecutive tokens, starting at the given sequence number. */
    private Secret[] secrets(int first) {
        Random random = new Random(1);
        return Stream.generate(() -> Secret.of(SeedRows.token(first + random.nextInt(rows))))
                .limit(ASKED)
                .toArray(Secret[]::new);
    }

    /** The library: an existing token. */
    @Benchmark
    public boolean cold() {
        return verify(next(known)) != null;
    }

    /** The library: a token that does not exist. */
    @Benchmark
    public boolean unknown() {
        return verify(next(unknown)) == null;
    }

    private @Nullable VerifiedToken verify(Secret presented) {
        SecretVerifier probe =
                hasher.verifierFor((PresentedToken) Lectern.DIALECT.format().parse(presented));
        return probe.verify(
                Tokens.rows(storage.tokens(), probe), null, Clocks.system().now());
    }

    /** Plain JDBC. */
    @Benchmark
    public boolean select() throws SQLException {
        byte[] digest = sha256.digest(next(known).expose().getBytes(StandardCharsets.ISO_8859_1));
        String selector = HexFormat.of().formatHex(digest, 0, digest.length / 2);
        try (Connection connection = server.pool().getConnection();
                PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setString(1, selector);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && isProven(row, selector, digest);
            }
        }
    }

    /** Reads every column once, by its type, because a verification needs nearly all. The other values are not used. */
    private boolean isProven(ResultSet row, String selector, byte[] digest) throws SQLException {
        boolean found = false;
        byte[] hash = {};
        int present = 0;
        for (int i = 1; i <= columns.size(); i++) {
            Object value = row.getObject(i);
            present += value == null ? 0 : 1;
            switch (columns.get(i - 1)) {
                case "selector" -> found = selector.equals(value);
                case "secret_hash" -> hash = HexFormat.of().parseHex((String) value);
                default -> {}
            }
        }
        return found && present > 2 && MessageDigest.isEqual(digest, hash);
    }

    private Secret next(Secret[] tokens) {
        turn = turn + 1 < ASKED ? turn + 1 : 0;
        return tokens[turn];
    }

    /** Stops the server. */
    @TearDown
    public void tearDown() throws Exception {
        storage.close();
        server.stop();
    }
}
