package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import school.lectern.auth.systems.Variant.Threads;
import school.lectern.auth.systems.app.SystemsApplication;

/** The application in a process of its own, and a client of it. Thread-safe. */
final class RunningSystem {

    static final String ADMIN = "administrator-of-the-test";
    static final String READER = "reader-of-the-test";

    /** Ends a test that would hang. A busy machine may be slow, and no test asserts speed. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** The exit code of a process that ended after SIGTERM. */
    private static final int TERMINATED = 143;

    private static final Pattern READY = Pattern.compile("^ready http://127\\.0\\.0\\.1:(\\d+)$", Pattern.MULTILINE);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Process process;
    private final Path log;
    private final int port;

    private RunningSystem(Process process, Path log) throws IOException {
        this.process = process;
        this.log = log;
        this.port = awaitPort();
    }

    /** Starts a variant, and waits until it serves. Its output goes to a file in target/systems. */
    static RunningSystem start(Variant variant) throws IOException {
        Path log = Files.createDirectories(Path.of("target", "systems")).resolve(variant + ".log");
        Jdk jdk = jdk(variant);
        List<String> command = List.of(
                jdk.java().toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                // Of the processes, one after the other, each runs for seconds.
                "-XX:TieredStopAtLevel=1",
                "-cp",
                ClassPath.of(variant),
                SystemsApplication.class.getName(),
                "--lectern.auth.dialect=" + variant.system().dialect(),
                "--spring.threads.virtual.enabled=" + hasVirtualThreads(variant),
                "--systems.admin-key=" + ADMIN,
                "--systems.reader-key=" + READER);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment()
                .keySet()
                .removeIf(name -> name.matches("(SPRING|SERVER|LECTERN|SYSTEMS|MANAGEMENT|LOGGING)_.*"));
        return new RunningSystem(
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
    }

    private static Jdk jdk(Variant variant) {
        return variant.threads() == Threads.VIRTUAL ? Jdk.newest() : Jdk.oldest();
    }

    /** Returns whether the requests of a variant run on virtual threads here. */
    static boolean hasVirtualThreads(Variant variant) {
        boolean wanted = variant.threads() == Threads.VIRTUAL;
        if (wanted && !jdk(variant).hasVirtualThreads()) {
            System.out.println(variant + " runs without virtual threads: no JDK with them is installed");
            return false;
        }
        return wanted;
    }

    static ConditionFactory await() {
        return Awaitility.await()
                .pollInSameThread()
                .pollInterval(Duration.ofMillis(20))
                .atMost(LIMIT);
    }

    private int awaitPort() throws IOException {
        try {
            await().until(() -> READY.matcher(Files.readString(log)).find() || !process.isAlive());
        } finally {
            if (!READY.matcher(Files.readString(log)).find()) {
                process.destroyForcibly();
            }
        }
        Matcher ready = READY.matcher(Files.readString(log));
        assertThat(ready.find()).as(Files.readString(log)).isTrue();
        return Integer.parseInt(ready.group(1));
    }

    Answer get(String path, String bearer, String... headers) {
        return send("GET", path, bearer, "", headers);
    }

    /** Sends a request. Without a bearer, it has no Authorization header; a body is JSON. */
    Answer send(String method, String path, String bearer, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(LIMIT)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!bearer.isEmpty()) {
            request.header("Authorization", "Bearer " + bearer);
        }
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers().map(), response.body());
        } catch (IOException failed) {
            throw new AssertionError(method + ' ' + path, failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    /** Sends a GET with these header lines, which no client library would send. */
    Answer getWithLines(String path, String... lines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + String.join("\r\n", lines)
                    + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return parse(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static Answer parse(String response) {
        int end = response.indexOf("\r\n\r\n");
        List<String> head = List.of(response.substring(0, end).split("\r\n"));
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String line : head.subList(1, head.size())) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        return new Answer(Integer.parseInt(head.get(0).split(" ")[1]), headers, response.substring(end + 4));
    }

    /** Stops it as a service manager does, and checks that it ended by itself. */
    void stop() throws IOException, InterruptedException {
        try {
            process.destroy();
            assertThat(process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS))
                    .as("it ends after SIGTERM: %s", log)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(TERMINATED);
    }

    String log() throws IOException {
        return Files.readString(log);
    }
}
