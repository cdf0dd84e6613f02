package school.lectern.auth.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures servers with and without a filter under load, in rounds, and writes a file in JMH's format for each round. All
 * servers that are compared run at the same time in separate processes. The load comes from another process and goes to one
 * server at a time, in short alternating slices, so a temporary slowdown of the machine affects all servers.
 */
public final class WebRounds {

    /** The modes, in the order of the slices. */
    private static final List<String> MODES = List.of("bare", "plain", "filter", "buffered", "durable");

    private static final List<String> UNGUARDED = List.of("bare", "plain");

    private static final String DATABASE = "postgresql";
    private static final int TOKENS = 10_000;
    private static final int CONNECTIONS = 16;
    private static final int WARM_UPS = 8;
    private static final int TURNS = 2;
    private static final long SLICE_MILLIS = 1_500;

    private final String container;
    private final Path folder;
    private final Map<String, ChildProcess> servers = new LinkedHashMap<>();
    private final Map<String, String> ports = new LinkedHashMap<>();
    private final ChildProcess load;

    /** A server's result under load: the number of requests, their duration, and the CPU time of the server's process. */
    record Share(long requests, long nanos, long cpu) {

        Share plus(Share other) {
            return new Share(requests + other.requests, nanos + other.nanos, cpu + other.cpu);
        }
    }

    private WebRounds(String container) throws IOException {
        this.container = container;
        this.folder = Files.createTempDirectory("tokens");
        this.load = ChildProcess.start(WebLoad.class, Integer.toString(CONNECTIONS));
        for (String mode : MODES) {
            ChildProcess server = ChildProcess.start(
                    WebServer.class, container, mode, DATABASE, Integer.toString(TOKENS), tokens(mode));
            servers.put(mode, server);
            ports.put(mode, server.hear());
        }
    }

    private String tokens(String mode) {
        return folder.resolve(mode).toString();
    }

    /** Runs the given number of rounds with each container. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 3) {
            System.err.println("usage: WebRounds <folder> <group> <rounds>");
            System.exit(2);
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        for (String container : List.of("jetty", "tomcat")) {
            WebRounds servers = new WebRounds(container);
            servers.round(WARM_UPS);
            for (int round = 1; round <= Integer.parseInt(arguments[2]); round++) {
                Path file = folder.resolve("%s-%s-%03d.json".formatted(arguments[1], container, round));
                Files.writeString(file, json(container, servers.round(TURNS)).toPrettyString());
            }
            servers.stop();
        }
    }

    /** Every second pass is in reverse order, so that each mode has the same neighbors and none is always the first. */
    private Map<String, Share> round(int turns) throws IOException, InterruptedException {
        Map<String, Share> shares = new LinkedHashMap<>();
        List<String> order = new ArrayList<>(MODES);
        for (int i = 0; i < 2 * turns; i++) {
            for (String mode : order) {
                shares.merge(mode, slice(mode), Share::plus);
            }
            Collections.reverse(order);
        }
        System.out.println(container + " " + shares);
        return shares;
    }

    private Share slice(String mode) throws IOException, InterruptedException {
        ChildProcess server = servers.get(mode);
        long before = settled(server);
        // Servers without authentication also get tokens, so that the requests have the same length.
        load.say(ports.get(mode) + " " + SLICE_MILLIS + " " + tokens(UNGUARDED.contains(mode) ? "filter" : mode));
        String[] answered = load.hear().split(" ");
        return new Share(Long.parseLong(answered[0]), Long.parseLong(answered[1]), server.cpu() - before);
    }

    /**
     * Waits until the work that the previous slice left behind, such as queued rows, has finished. It must not be part of the
     * next slice.
     */
    private long settled(ChildProcess next) throws InterruptedException {
        long before;
        do {
            before = cpu();
            Thread.sleep(100);
        } while (cpu() - before > 10_000_000);
        return next.cpu();
    }

    private long cpu() {
        return servers.values().stream().mapToLong(ChildProcess::cpu).sum();
    }

    /** Returns the results in JMH's format: the requests per second and, in a separate group, the CPU time per request. */
    static JsonNode json(String container, Map<String, Share> shares) {
        ArrayNode results = new ObjectMapper().createArrayNode();
        shares.forEach((mode, share) -> {
            double cpu = (double) share.cpu() / share.requests();
            result(results, "WebServer", mode, container, share.requests() * 1e9 / share.nanos(), "requests/s");
            result(results, "WebServerCpu", mode, container, cpu, "ns/request");
        });
        return results;
    }

    private static void result(
            ArrayNode results, String group, String mode, String container, double score, String unit) {
        var result = results.addObject().put("benchmark", "%s.%s".formatted(group, mode));
        result.putObject("params").put("container", container);
        result.putObject("primaryMetric").put("score", score).put("scoreUnit", unit);
    }

    private void stop() throws IOException, InterruptedException {
        load.stop();
        for (ChildProcess server : servers.values()) {
            server.stop();
        }
        for (String mode : MODES) {
            Files.delete(folder.resolve(mode));
        }
        Files.delete(folder);
    }
}
