package school.lectern.auth.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import school.lectern.auth.benchmarks.Result.Case;
import school.lectern.auth.benchmarks.Results.Spread;

/**
 * A performance goal of the project.
 *
 * @param what the description of the ratio or measure
 * @param seen computes the measured value from the results; empty if it was not measured
 * @param atMost whether the bound is an upper bound
 * @param bound the bound
 */
record Goal(String what, Function<Results, Optional<Spread>> seen, boolean atMost, double bound) {

    private static final String VERIFY = "VerifyBenchmark";
    private static final String PEERS = "PeerBenchmark";

    static List<Goal> all() {
        List<Goal> goals = new ArrayList<>();
        goals.add(atMost(1.4, "allowed / floor, one hot token", verify("allowed", 1, 1), verify("floor", 1, 1)));
        goals.add(atMost(1.4, "allowed / floor, 10⁴ tokens", verify("allowed", 10_000, 1), verify("floor", 10_000, 1)));
        goals.add(atMost(
                1.4,
                "insufficient scope / floor, 10⁴ tokens",
                verify("insufficientScope", 10_000, 1),
                verify("floor", 10_000, 1)));
        goals.add(cold(true, 1.4, "cold allowed / cold floor, 10⁴ tokens", "allowed", "floor"));
        goals.add(atMost(1, "malformed / floor, one token", verify("malformed", 1, 1), verify("floor", 1, 1)));
        goals.add(new Goal(
                "(allowed / floor at 10⁶) / (the same at 10⁴)",
                results -> results.ratio(
                        List.of(verify("allowed", 1_000_000, 1), verify("floor", 10_000, 1)),
                        List.of(verify("floor", 1_000_000, 1), verify("allowed", 10_000, 1))),
                true,
                1.3));
        goals.add(new Goal(
                "2 threads against 1: ours over the floor's own scaling, 10⁴ tokens",
                results -> results.ratio(
                        List.of(verify("allowed", 10_000, 1), verify("floor", 10_000, 2)),
                        List.of(verify("allowed", 10_000, 2), verify("floor", 10_000, 1))),
                false,
                0.9));
        goals.add(atMost(
                1.6,
                "allowed / floor and one shared count, one token, 2 threads",
                verify("allowed", 1, 2),
                verify("floorAndCount", 1, 2)));
        goals.add(new Goal(
                "allocation of an allowed decision above the floor's, bytes, 10⁴ tokens",
                results -> results.moreBytes(verify("allowed", 10_000, 1), verify("floor", 10_000, 1)),
                true,
                128));
        for (String peer : List.of("jjwt", "nimbus")) {
            goals.add(atLeast(12, peer + " / ours", peer(peer), peer("lectern")));
        }
        for (String peer : List.of("springSecurity", "dropwizard", "shiro")) {
            goals.add(atLeast(1, peer + " / ours", peer(peer), peer("lectern")));
            goals.add(cold(false, 1, peer + " / ours, cold", peer, "allowed"));
        }
        for (String tokens : List.of("1", "10000")) {
            Case ours = new Case("LimitBenchmark", "lectern", Map.of("tokens", tokens));
            goals.add(atMost(0.8, "our limiter / Bucket4j, tokens=" + tokens, ours, ours.withMethod("bucket4j")));
        }
        for (String database : List.of("h2", "postgresql", "mariadb")) {
            Case cold = cold(database, 1_000);
            goals.add(
                    atMost(1.25, "cold verification / prepared SELECT, " + database, cold, cold.withMethod("select")));
            goals.add(atMost(1.05, "unknown / cold verification, " + database, cold.withMethod("unknown"), cold));
            goals.add(atMost(1.3, "cold at 10⁶ tokens / at 10³, " + database, cold(database, 1_000_000), cold));
        }
        Case durable = new Case("AuditBenchmark", "durable", Map.of("database", "postgresql", "threads", "64"));
        goals.add(atLeast(
                10,
                "durable audit, 64 callers / one connection that commits each row, postgresql",
                durable,
                new Case("AuditBenchmark", "eachCommits", Map.of("database", "postgresql"))));
        goals.add(new Goal(
                "revocation of 100,000 tokens of a tenant, milliseconds, postgresql",
                results -> results.ratio(List.of(bulk("revokeAll", Map.of("tokens", "100000"))), List.of()),
                true,
                5_000));
        goals.add(new Goal(
                "import of 1,000 tokens (200: 5,000 a second), milliseconds, postgresql",
                results -> results.ratio(List.of(bulk("importTokens", Map.of())), List.of()),
                true,
                200));
        for (String container : List.of("jetty", "tomcat")) {
            Case filter = new Case("WebServer", "filter", Map.of("container", container));
            goals.add(atLeast(
                    0.93, "requests with the filter / without, " + container, filter, filter.withMethod("bare")));
            goals.add(atLeast(
                    0.93,
                    "requests with the filter / with one that judges nothing, " + container,
                    filter,
                    filter.withMethod("plain")));
        }
        return goals;
    }

    private static Goal atMost(double bound, String what, Case over, Case under) {
        return new Goal(what, results -> results.ratio(List.of(over), List.of(under)), true, bound);
    }

    private static Goal atLeast(double bound, String what, Case over, Case under) {
        return new Goal(what, results -> results.ratio(List.of(over), List.of(under)), false, bound);
    }

    private static Goal cold(boolean atMost, double bound, String what, String over, String under) {
        Case control = new Case("ColdBenchmark", "control", Map.of("tokens", "10000"));
        return new Goal(
                what,
                results -> results.ratioAbove(control, control.withMethod(over), control.withMethod(under)),
                atMost,
                bound);
    }

    private static Case verify(String method, int tokens, int threads) {
        Map<String, String> parameters = new TreeMap<>(Map.of("tokens", Integer.toString(tokens)));
        if (threads > 1) {
            parameters.put("threads", Integer.toString(threads));
        }
        return new Case(VERIFY, method, parameters);
    }

    private static Case peer(String method) {
        return new Case(PEERS, method, Map.of("tokens", "10000"));
    }

    private static Case bulk(String method, Map<String, String> more) {
        Map<String, String> parameters = new TreeMap<>(more);
        parameters.put("database", "postgresql");
        return new Case("BulkBenchmark", method, parameters);
    }

    private static Case cold(String database, int tokens) {
        return new Case("StorageBenchmark", "cold", Map.of("database", database, "rows", Integer.toString(tokens)));
    }

    /** Returns the table row with the measured value and whether it meets the goal; empty if it was not measured. */
    Optional<String> line(Results results) {
        return seen.apply(results)
                .map(spread -> "| %s | %s %s | %s | %s |"
                        .formatted(
                                what, atMost ? "≤" : "≥", Report.ratio(bound), Report.spread(spread), verdict(spread)));
    }

    private String verdict(Spread spread) {
        boolean met = atMost ? spread.median() <= bound : spread.median() >= bound;
        return met ? "met" : "**not met**";
    }
}
