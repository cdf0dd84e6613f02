package school.lectern.auth.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Turns the results that JMH writes as JSON into a table in Markdown: each score, and how many times its floor it is. The
 * floor of a score is the benchmark named {@code floor} of the same run and mode whose parameters are the score's too; a
 * score may have further ones.
 */
public final class Report {

    private static final String FLOOR = "floor";

    private Report() {}

    private record Row(
            String name,
            Map<String, String> parameters,
            String mode,
            String unit,
            double score,
            double error,
            double cpu,
            double bytes) {

        static Row of(JsonNode result) {
            String benchmark = result.path("benchmark").asText();
            Map<String, String> parameters = new TreeMap<>();
            result.path("params")
                    .properties()
                    .forEach(entry ->
                            parameters.put(entry.getKey(), entry.getValue().asText()));
            JsonNode metric = result.path("primaryMetric");
            return new Row(
                    benchmark.substring(benchmark.lastIndexOf('.') + 1),
                    parameters,
                    result.path("mode").asText(),
                    metric.path("scoreUnit").asText(),
                    metric.path("score").asDouble(Double.NaN),
                    metric.path("scoreError").asDouble(Double.NaN),
                    secondary(result, CpuTime.NAME),
                    secondary(result, "gc.alloc.rate.norm"));
        }

        private static double secondary(JsonNode result, String name) {
            return result.path("secondaryMetrics").path(name).path("score").asDouble(Double.NaN);
        }

        boolean isFloorOf(Row row) {
            return name.equals(FLOOR)
                    && mode.equals(row.mode)
                    && unit.equals(row.unit)
                    && row.parameters.entrySet().containsAll(parameters.entrySet());
        }

        String line(Optional<Row> floor) {
            String where = parameters.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + entry.getValue())
                    .collect(Collectors.joining(" "));
            double least = floor.map(Row::score).orElse(Double.NaN);
            double leastCpu = floor.map(Row::cpu).orElse(Double.NaN);
            List<String> cells = List.of(
                    name,
                    where,
                    number("%,.0f", score),
                    number("%,.0f", error),
                    unit,
                    number("%.2f", score / least),
                    number("%,.0f", cpu),
                    number("%.2f", cpu / leastCpu),
                    number("%,.0f", bytes));
            return "| " + String.join(" | ", cells) + " |";
        }
    }

    /** The table of the results that the node holds. */
    static String table(JsonNode results) {
        List<Row> rows = new ArrayList<>();
        results.forEach(result -> rows.add(Row.of(result)));
        List<String> lines = new ArrayList<>();
        lines.add("| Case | Parameters | Score | ± | Unit | × floor | CPU ns/op | × floor | B/op |");
        lines.add("|---|---|--:|--:|---|--:|--:|--:|--:|");
        for (Row row : rows) {
            lines.add(
                    row.line(rows.stream().filter(other -> other.isFloorOf(row)).findFirst()));
        }
        return String.join("\n", lines);
    }

    /** JMH writes NaN where it knows nothing, such as the error of a single measurement. */
    private static String number(String format, double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
    }

    /** Prints the table of the file that is named. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: Report <results.json>");
            System.exit(2);
        }
        System.out.println(
                table(new ObjectMapper().readTree(Path.of(arguments[0]).toFile())));
    }
}
