package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The quickstart in a separate process, as a user starts it, and a client of it. */
final class RunningQuickstart implements AutoCloseable {

    static final String ADMIN = "administrator-of-the-test";
    static final String READER = "reader-of-the-test";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final Path out;
    private final Path err;
    private final String base;

    private RunningQuickstart(Process process, Path out, Path err) throws Exception {
        this.process = process;
        this.out = out;
        this.err = err;
        this.base = awaitReady();
    }

    /** Starts it on that folder, with long deadlines for tests that do not check them, and waits until it is ready. */
    static RunningQuickstart start(Path folder, Map<String, String> settings) throws Exception {
        return start(folder, settings, List.of("-Dquickstart.deadline=30000"));
    }

    /** Starts it with its default deadlines. */
    static RunningQuickstart startAsItIs(Path folder, Map<String, String> settings) throws Exception {
        return start(folder, settings, List.of());
    }

    private static RunningQuickstart start(Path folder, Map<String, String> settings, List<String> options)
            throws Exception {
        Path out = Files.createTempFile(folder.getParent(), "out", ".txt");
        Path err = Files.createTempFile(folder.getParent(), "err", ".txt");
        return new RunningQuickstart(launch(folder, settings, options, out, err), out, err);
    }

    static Process launch(Path folder, Map<String, String> settings, Path out, Path err) throws IOException {
        return launch(folder, settings, List.of(), out, err);
    }

    private static Process launch(Path folder, Map<String, String> settings, List<String> options, Path out, Path err)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Each process runs for seconds.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dquickstart.data=" + folder));
        command.addAll(options);
        command.add(Quickstart.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("LECTERN_"));
        builder.environment()
                .putAll(Map.of("LECTERN_PORT", "0", "LECTERN_ADMIN_KEY", ADMIN, "LECTERN_READER_KEY", READER));
        builder.environment().putAll(settings);
        return builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    }

    private String awaitReady() throws Exception {
        Patience.await().until(() -> Files.readString(out).matches("(?s)ready .*\n.*") || !process.isAlive());
        String printed = Files.readString(out);
        if (!printed.startsWith("ready ")) {
            throw new IllegalStateException("not ready: " + Files.readString(err));
        }
        return printed.substring("ready ".length(), printed.indexOf('\n'));
    }

    /** A response, with its body parsed as JSON if it is JSON. */
    record Answer(int status, HttpResponse<String> response) {
        JsonNode json() throws IOException {
            return JSON.readTree(response.body());
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String code() throws IOException {
            return json().at("/error/code").asText();
        }
    }

    Answer send(String method, String path, String bearer, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!bearer.isEmpty()) {
            request.header("Authorization", "Bearer " + bearer);
        }
        if (!body.isEmpty() && !List.of(headers).contains("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response);
    }

    Answer get(String path, String bearer, String... headers) throws Exception {
        return send("GET", path, bearer, "", headers);
    }

    /** Issues a token of tenant 123, and returns the body of the response. */
    JsonNode issue(String scopes) throws Exception {
        Answer answer =
                send("POST", "/api/v1/orgs/123/api-tokens", ADMIN, "{\"name\":\"test\",\"scopes\":[" + scopes + "]}");
        if (answer.status() != 200) {
            throw new IllegalStateException(answer.response().body());
        }
        return answer.json();
    }

    String printed() throws IOException {
        return Files.readString(out) + Files.readString(err);
    }

    /** Ends it like a service manager, and returns its exit code. */
    int terminate() throws InterruptedException {
        signal();
        return awaitExit(process);
    }

    /** Sends it the signal of a service manager. */
    void signal() {
        process.destroy();
    }

    /** Returns whether it accepts new connections. */
    boolean isListening() {
        URI uri = URI.create(base);
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    /** Kills it, like a power cut. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    static int awaitExit(Process process) throws InterruptedException {
        if (!process.waitFor(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("the quickstart did not end");
        }
        return process.exitValue();
    }

    List<String> files(Path folder) throws IOException {
        List<String> contents = new ArrayList<>();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.add(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    @Override
    public void close() {
        kill();
    }
}
