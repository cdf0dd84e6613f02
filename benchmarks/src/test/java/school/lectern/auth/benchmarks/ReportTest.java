package school.lectern.auth.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ReportTest {

    @Test
    void a_ratio_is_computed_within_its_round_and_the_median_is_reported() throws IOException {
        Results results = rounds("PeerBenchmark", "lectern", new double[][] {{100, 200}, {400, 440}, {1_000, 1_500}});

        assertThat(Report.table(results, "PeerBenchmark")).isEqualTo("""
                        | PeerBenchmark | | Score | Unit | × floor | CPU ns/op | B/op |
                        |---|---|--:|---|--:|--:|--:|
                        | floor | tokens=1 | 400 | ns/op | 1.00 [1.00…1.00] | 250 |  |
                        | lectern | tokens=1 | 440 | ns/op | 1.50 [1.10…2.00] | 250 |  |""");
    }

    @Test
    void a_goal_says_whether_it_was_met() throws IOException {
        String near = Report.goals(rounds("VerifyBenchmark", "allowed", new double[][] {{100, 139}}));
        String far = Report.goals(rounds("VerifyBenchmark", "allowed", new double[][] {{100, 141}}));

        assertThat(near).endsWith("| allowed / floor, one hot token | ≤ 1.40 | 1.39 [1.39…1.39] | met |");
        assertThat(far).endsWith("| allowed / floor, one hot token | ≤ 1.40 | 1.41 [1.41…1.41] | **not met** |");
    }

    @Test
    void allocation_is_reported_relative_to_the_floor_of_the_same_round() throws IOException {
        Results results = new Results();
        results.add(
                "round 1", new ObjectMapper().readTree("[" + bytes("floor", 112) + "," + bytes("allowed", 241) + "]"));
        results.add("round 2", new ObjectMapper().readTree("[" + bytes("allowed", 999) + "]"));

        assertThat(Report.goals(results))
                .contains("above the floor's, bytes, 10⁴ tokens | ≤ 128.00 | 129.00 [129.00…129.00] | **not met** |");
    }

    private static String bytes(String method, int each) {
        return result("VerifyBenchmark", method, 1)
                .replace("\"1\"", "\"10000\"")
                .replace("\"NaN\"", each + ".0");
    }

    @Test
    void a_plot_has_the_shortest_bar_first_and_a_step_for_each_power_of_ten() throws IOException {
        String plot = Plot.of(rounds("PeerBenchmark", "lectern", new double[][] {{100, 1_000}}), "PeerBenchmark");

        assertThat(plot.indexOf(">floor<")).isPositive().isLessThan(plot.indexOf(">lectern<"));
        assertThat(plot).contains("width=\"140.0\"").contains("width=\"280.0\"");
    }

    /** Returns rounds with the times of a floor and of another benchmark. */
    private static Results rounds(String group, String method, double[][] times) throws IOException {
        Results results = new Results();
        for (int i = 0; i < times.length; i++) {
            String both = "[" + result(group, "floor", times[i][0]) + "," + result(group, method, times[i][1]) + "]";
            results.add("round " + i, new ObjectMapper().readTree(both));
        }
        return results;
    }

    private static String result(String group, String method, double time) {
        return """
                {"benchmark": "a.%s.%s", "params": {"tokens": "1"}, "threads": 1,
                 "primaryMetric": {"score": %s, "scoreUnit": "ns/op"},
                 "secondaryMetrics": {"cpu.time.norm": {"score": 250.0}, "gc.alloc.rate.norm": {"score": "NaN"}}}
                """.formatted(group, method, time);
    }
}
