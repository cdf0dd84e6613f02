package school.lectern.auth.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The result of one benchmark in one round. Unknown numbers are NaN. */
record Result(Case of, String round, String unit, double score, double cpu, double bytes) {

    /** A benchmark with its parameters, including the number of threads if it is not 1. */
    record Case(String group, String method, Map<String, String> parameters) {

        String where() {
            return parameters.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + entry.getValue())
                    .collect(Collectors.joining(" "));
        }

        Case withMethod(String other) {
            return new Case(group, other, parameters);
        }
    }

    static Result of(String round, JsonNode node) {
        String[] name = node.path("benchmark").asText().split("\\.");
        Map<String, String> parameters = new TreeMap<>();
        node.path("params")
                .properties()
                .forEach(
                        entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
        int threads = node.path("threads").asInt(1);
        if (threads > 1) {
            parameters.put("threads", Integer.toString(threads));
        }
        JsonNode metric = node.path("primaryMetric");
        return new Result(
                new Case(name[name.length - 2], name[name.length - 1], parameters),
                round,
                metric.path("scoreUnit").asText(),
                score(node.path("mode").asText(), metric),
                secondary(node, CpuTime.NAME),
                secondary(node, "gc.alloc.rate.norm"));
    }

    /**
     * Returns the median of the calls if each call was timed: the mean would mostly consist of the few calls that were
     * interrupted.
     */
    private static double score(String mode, JsonNode metric) {
        JsonNode score = mode.equals("sample") ? metric.path("scorePercentiles").path("50.0") : metric.path("score");
        return score.asDouble(Double.NaN);
    }

    private static double secondary(JsonNode node, String name) {
        return node.path("secondaryMetrics").path(name).path("score").asDouble(Double.NaN);
    }
}
