package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starts each measured server, with the database that needs no server of its own, and sends it a few requests. */
class WebServerTest {

    private static final WebLoad STRANGER = new WebLoad(List.of("sk_live_lectern_" + "a".repeat(32)));

    @ParameterizedTest
    @CsvSource({"jetty,filter", "jetty,buffered", "jetty,durable", "tomcat,filter", "tomcat,buffered", "tomcat,durable"
    })
    void a_guarded_server_answers_its_tokens_alone(String container, String mode) throws Exception {
        WebServer server = WebServer.start(container, mode, "h2", 5);

        assertThat(new WebLoad(server.tokens()).ask(server.port(), 2, 50).requests())
                .isPositive();
        assertThatThrownBy(() -> STRANGER.ask(server.port(), 1, 50))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("not 200: HTTP/1.1 401");

        // Fails if calls should be recorded and none was.
        server.stop();
    }

    @ParameterizedTest
    @CsvSource({"jetty,bare", "jetty,plain", "tomcat,bare", "tomcat,plain"})
    void an_unguarded_server_answers_every_request(String container, String mode) throws Exception {
        WebServer server = WebServer.start(container, mode, "h2", 5);

        assertThat(STRANGER.ask(server.port(), 2, 50).requests()).isPositive();

        server.stop();
    }

    @Test
    void counts_become_requests_per_second_and_cpu_time_per_request() throws IOException {
        Results results = new Results();
        Map<String, WebRounds.Share> shares = Map.of(
                "bare", new WebRounds.Share(4_000, 2_000_000_000, 100_000_000),
                "filter", new WebRounds.Share(3_600, 2_000_000_000, 108_000_000));
        results.add(
                "1", new ObjectMapper().readTree(WebRounds.json("jetty", shares).toString()));

        assertThat(Report.table(results, "WebServer"))
                .contains("| bare | container=jetty | 2,000 | requests/s | 1.00 [1.00…1.00] |")
                .contains("| filter | container=jetty | 1,800 | requests/s | 0.90 [0.90…0.90] |");
        assertThat(Report.table(results, "WebServerCpu"))
                .contains("| bare | container=jetty | 25,000 | ns/request | 1.00 [1.00…1.00] |")
                .contains("| filter | container=jetty | 30,000 | ns/request | 1.20 [1.20…1.20] |");
        assertThat(Report.goals(results))
                .endsWith("| requests with the filter / without, jetty | ≥ 0.93 | 0.90 [0.90…0.90] | **not met** |");
    }
}
