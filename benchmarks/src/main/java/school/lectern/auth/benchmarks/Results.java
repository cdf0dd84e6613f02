package school.lectern.auth.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import school.lectern.auth.benchmarks.Result.Case;

/** The results of all rounds, and their ratios within a round. */
final class Results {

    private final Map<Case, Map<String, Result>> rounds = new LinkedHashMap<>();

    /** The median, the minimum and the maximum of several numbers. */
    record Spread(double median, double least, double greatest, int count) {

        static Optional<Spread> of(double... values) {
            double[] known = Arrays.stream(values)
                    .filter(value -> !Double.isNaN(value))
                    .sorted()
                    .toArray();
            int half = known.length / 2;
            return known.length == 0
                    ? Optional.empty()
                    : Optional.of(new Spread(
                            known.length % 2 == 1 ? known[half] : (known[half - 1] + known[half]) / 2,
                            known[0],
                            known[known.length - 1],
                            known.length));
        }
    }

    /** Reads each {@code .json} file of the folder, in the order of the file names. */
    static Results read(Path folder) throws IOException {
        Results all = new Results();
        List<Path> files;
        try (Stream<Path> found = Files.list(folder)) {
            files = found.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            all.add(round(file.getFileName().toString()), new ObjectMapper().readTree(file.toFile()));
        }
        return all;
    }

    /**
     * Returns the round's number. Groups are measured one after the other, but the first rounds of all groups can be compared
     * with each other, and so on.
     */
    private static String round(String file) {
        return file.substring(file.lastIndexOf('-') + 1);
    }

    /** Adds the results of one round. */
    void add(String round, JsonNode measured) {
        for (JsonNode node : measured) {
            Result result = Result.of(round, node);
            rounds.computeIfAbsent(result.of(), first -> new LinkedHashMap<>()).put(round, result);
        }
    }

    List<String> groups() {
        return List.copyOf(
                new TreeSet<>(rounds.keySet().stream().map(Case::group).toList()));
    }

    List<Case> cases(String group) {
        return rounds.keySet().stream().filter(one -> one.group().equals(group)).toList();
    }

    Optional<String> unit(Case one) {
        return all(one).stream().map(Result::unit).findFirst();
    }

    Optional<Spread> spread(Case one, ToDoubleFunction<Result> number) {
        return Spread.of(all(one).stream().mapToDouble(number).toArray());
    }

    private List<Result> all(Case one) {
        return List.copyOf(rounds.getOrDefault(one, Map.of()).values());
    }

    /** For each round that has all of these scores: the product of some scores divided by the product of others. */
    Optional<Spread> ratio(List<Case> over, List<Case> under) {
        List<Double> ratios = new ArrayList<>();
        if (!over.isEmpty()) {
            for (String round : rounds.getOrDefault(over.get(0), Map.of()).keySet()) {
                ratios.add(product(round, over) / product(round, under));
            }
        }
        return Spread.of(ratios.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** For each round that has all three: the ratio of two scores, each without the score of the control. */
    Optional<Spread> ratioAbove(Case control, Case over, Case under) {
        return Spread.of(rounds.getOrDefault(over, Map.of()).keySet().stream()
                .mapToDouble(round -> {
                    double cost = number(round, control, Result::score);
                    return (number(round, over, Result::score) - cost) / (number(round, under, Result::score) - cost);
                })
                .toArray());
    }

    /** For each round that has both: how many more bytes a call of {@code one} allocates than a call of {@code other}. */
    Optional<Spread> moreBytes(Case one, Case other) {
        return Spread.of(rounds.getOrDefault(one, Map.of()).keySet().stream()
                .mapToDouble(round -> number(round, one, Result::bytes) - number(round, other, Result::bytes))
                .toArray());
    }

    private double product(String round, List<Case> factors) {
        return factors.stream()
                .mapToDouble(one -> number(round, one, Result::score))
                .reduce(1, (a, b) -> a * b);
    }

    /** Returns NaN if the round has no result for the benchmark. */
    private double number(String round, Case one, ToDoubleFunction<Result> number) {
        Result result = rounds.getOrDefault(one, Map.of()).get(round);
        return result == null ? Double.NaN : number.applyAsDouble(result);
    }
}
