package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Calls each storage benchmark a few times, on the database that needs no server. */
class StorageBenchmarkTest {

    @Test
    void each_way_finds_its_row() throws Exception {
        StorageBenchmark benchmark = new StorageBenchmark();
        benchmark.database = "h2";
        benchmark.rows = 20;
        benchmark.setUp();
        for (int i = 0; i < 30; i++) {
            assertThat(benchmark.cold()).isTrue();
            assertThat(benchmark.select()).isTrue();
            assertThat(benchmark.unknown()).isTrue();
        }
        benchmark.tearDown();
    }

    @Test
    void each_way_writes_its_row() throws Exception {
        AuditBenchmark benchmark = new AuditBenchmark();
        benchmark.database = "h2";
        benchmark.setUp();
        assertThat(benchmark.durable().tenantId()).isEqualTo("123");
        assertThat(benchmark.eachCommits()).isEqualTo(1);
        benchmark.tearDown();
    }
}
