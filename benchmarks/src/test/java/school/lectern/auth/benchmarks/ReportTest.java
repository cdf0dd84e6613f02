package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ReportTest {

    private static final String RESULTS = """
            [
              {"benchmark": "a.B.floor", "mode": "avgt", "params": {"tokens": "1"},
               "primaryMetric": {"score": 200.0, "scoreError": 4.4, "scoreUnit": "ns/op"},
               "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 240.001}, "cpu.time.norm": {"score": 250.0}}},
              {"benchmark": "a.B.floor", "mode": "avgt", "params": {"tokens": "9"},
               "primaryMetric": {"score": 400.0, "scoreError": "NaN", "scoreUnit": "ns/op"},
               "secondaryMetrics": {}},
              {"benchmark": "a.C.allowed", "mode": "avgt", "params": {"store": "s", "tokens": "9"},
               "primaryMetric": {"score": 1500.4, "scoreError": 30.0, "scoreUnit": "ns/op"},
               "secondaryMetrics": {}},
              {"benchmark": "a.C.allowed", "mode": "avgt", "params": {"tokens": "7"},
               "primaryMetric": {"score": 1.0, "scoreError": 0.6, "scoreUnit": "ns/op"},
               "secondaryMetrics": {}}
            ]
            """;

    @Test
    void aScoreIsSetAgainstTheFloorOfItsOwnParameters() throws IOException {
        assertThat(Report.table(new ObjectMapper().readTree(RESULTS))).isEqualTo("""
                        | Case | Parameters | Score | ± | Unit | × floor | CPU ns/op | × floor | B/op |
                        |---|---|--:|--:|---|--:|--:|--:|--:|
                        | floor | tokens=1 | 200 | 4 | ns/op | 1.00 | 250 | 1.00 | 240 |
                        | floor | tokens=9 | 400 |  | ns/op | 1.00 |  |  |  |
                        | allowed | store=s tokens=9 | 1,500 | 30 | ns/op | 3.75 |  |  |  |
                        | allowed | tokens=7 | 1 | 1 | ns/op |  |  |  |  |""");
    }
}
