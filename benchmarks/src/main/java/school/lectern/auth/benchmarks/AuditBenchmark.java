package school.lectern.auth.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.spi.OpenStorage;

/** How many audit rows per second are durable: with many callers, and with one connection that commits each row. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class AuditBenchmark {

    /** The database product. */
    @Param({"postgresql"})
    public String database;

    private DatabaseServer server;
    private OpenStorage storage;
    private Connection connection;
    private PreparedStatement insert;

    /** Starts the server with the library's table and a copy of it for plain JDBC. */
    @Setup
    public void setUp() throws Exception {
        server = DatabaseServer.start(database);
        storage = JdbcStorage.builder(server.pool()).build().open();
        connection = server.pool().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE by_hand (id VARCHAR(64) PRIMARY KEY, happened_at BIGINT, request_id"
                    + " VARCHAR(64), tenant_id VARCHAR(64), token_id VARCHAR(64), method VARCHAR(16), endpoint"
                    + " VARCHAR(1024), event VARCHAR(64), outcome VARCHAR(64))");
        }
        insert = connection.prepareStatement("INSERT INTO by_hand VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        Tokens.require(durable().status() == null, "durable");
        Tokens.require(eachCommits() == 1, "eachCommits");
        Tokens.require(storage.audit().tenantAfter("").isPresent(), "durable");
    }

    /** The library: each caller waits until its row is committed. */
    @Benchmark
    @Threads(64)
    public AuditEvent durable() {
        AuditEvent event = event();
        storage.audit().append(event);
        return event;
    }

    /** Plain JDBC with autocommit. */
    @Benchmark
    public int eachCommits() throws SQLException {
        AuditEvent event = event();
        insert.setString(1, event.id());
        insert.setLong(2, event.at().toEpochMilli());
        insert.setString(3, event.requestId());
        insert.setString(4, event.tenantId());
        insert.setString(5, event.tokenId());
        insert.setString(6, event.method());
        insert.setString(7, event.endpoint());
        insert.setString(8, event.event());
        insert.setString(9, event.outcome());
        return insert.executeUpdate();
    }

    private static AuditEvent event() {
        // In the form of the library's ids, but without its generator, which 64 threads would contend for.
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long millis = System.currentTimeMillis();
        String id = new UUID(millis << 16 | 0x7000 | random.nextInt(0x1000), random.nextLong()).toString();
        Instant now = Instant.ofEpochMilli(millis);
        return AuditEvent.builder(id, now, AuditEvent.CALL, "allowed")
                .requestId(id)
                .tenantId("123")
                .tokenId(id)
                .method("GET")
                .endpoint("/v1/learners")
                .build();
    }

    /** Stops the server. */
    @TearDown
    public void tearDown() throws Exception {
        connection.close();
        storage.close();
        server.stop();
    }
}
