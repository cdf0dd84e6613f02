package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BulkBenchmarkTest {

    /** Each benchmark checks that it has the outcome of its name. */
    @Test
    void each_can_be_called() throws Exception {
        BulkBenchmark benchmark = new BulkBenchmark();
        benchmark.database = "h2";
        benchmark.setUp();
        try {
            BulkBenchmark.Imports imports = new BulkBenchmark.Imports();
            imports.setUp(benchmark);
            benchmark.importTokens(imports);
            BulkBenchmark.Tenant tenant = new BulkBenchmark.Tenant();
            tenant.tokens = 2_000;
            tenant.setUp(benchmark);
            assertThat(benchmark.revokeAll(tenant)).isEqualTo(2_000);
        } finally {
            benchmark.tearDown();
        }
    }
}
