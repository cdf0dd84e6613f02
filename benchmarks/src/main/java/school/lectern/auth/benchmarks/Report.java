package school.lectern.auth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.benchmarks.Result.Case;
import school.lectern.auth.benchmarks.Results.Spread;

/**
 * Converts the files of all rounds into Markdown tables and a plot. A ratio is computed from two scores of the same round. The
 * report contains the median of the rounds' ratios, with their minimum and maximum.
 */
public final class Report {

    /** Group → the baseline of its ratios. */
    private static final Map<String, String> BASELINES = Map.of(
            "VerifyBenchmark", "floor",
            "ColdBenchmark", "floor",
            "PeerBenchmark", "floor",
            "LimitBenchmark", "bucket4j",
            "HashBenchmark", "jdkReused",
            "StageBenchmark", "stage6Allowed",
            "StorageBenchmark", "select",
            "WebServer", "bare",
            "WebServerCpu", "bare");

    private Report() {}

    /** Returns the table of the goals that were measured, with the measured values. */
    static String goals(Results results) {
        List<String> lines = new ArrayList<>();
        lines.add("| Goal | | Seen | |");
        lines.add("|---|--:|--:|---|");
        for (Goal goal : Goal.all()) {
            goal.line(results).ifPresent(lines::add);
        }
        return String.join("\n", lines);
    }

    /** Returns the table of all scores of a group. */
    static String table(Results results, String group) {
        List<String> lines = new ArrayList<>();
        String baseline = BASELINES.getOrDefault(group, "");
        lines.add("| %s | | Score | Unit | × %s | CPU ns/op | B/op |".formatted(group, baseline));
        lines.add("|---|---|--:|---|--:|--:|--:|");
        for (Case one : results.cases(group)) {
            lines.add(line(results, one, one.withMethod(baseline)));
        }
        return String.join("\n", lines);
    }

    private static String line(Results results, Case one, Case baseline) {
        List<String> cells = List.of(
                one.method(),
                one.where(),
                whole(results.spread(one, Result::score)),
                results.unit(one).orElse(""),
                results.ratio(List.of(one), List.of(baseline))
                        .map(Report::spread)
                        .orElse(""),
                whole(results.spread(one, Result::cpu)),
                whole(results.spread(one, Result::bytes)));
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String whole(Optional<Spread> spread) {
        return spread.map(known -> String.format(Locale.ROOT, "%,.0f", known.median()))
                .orElse("");
    }

    static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static String spread(Spread spread) {
        return ratio(spread.median()) + " [" + ratio(spread.least()) + "…" + ratio(spread.greatest()) + "]";
    }

    private static String machine() throws IOException {
        String processor = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
        return "%s, %d × %s, JDK %s, %s"
                .formatted(
                        LocalDate.now(),
                        Runtime.getRuntime().availableProcessors(),
                        processor,
                        System.getProperty("java.version"),
                        System.getProperty("os.name"));
    }

    /** Prints the tables of all files in the folder, and writes the plot. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: Report <folder of results> <plot.svg>");
            System.exit(2);
        }
        Results results = Results.read(Path.of(arguments[0]));
        System.out.println(machine() + "\n\n" + goals(results));
        for (String group : results.groups()) {
            System.out.println("\n" + table(results, group));
        }
        Files.writeString(Path.of(arguments[1]), Plot.of(results, "PeerBenchmark"));
    }
}
