package com.example.learners;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;

/** Spring processes the example ahead of time, as for a native image, and the result guards its routes. */
class AheadOfTimeTest {

    private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void the_application_that_was_processed_ahead_of_time_is_guarded() throws Exception {
        process();
        assertThat(metadata())
                .contains("school/lectern/auth/jdbc/ddl/**")
                .contains("school.lectern.auth.spring.boot.LecternAuthProperties")
                .contains("school.lectern.auth.spring.boot.LecternAuthFailureAnalyzer");
        compile();
        Process application = start();
        try (BufferedReader log = application.inputReader(UTF_8)) {
            String api = "http://127.0.0.1:" + portOf(log);
            String learner = api + "/v1/learners/7";
            assertThat(send(HttpRequest.newBuilder(URI.create(learner))).statusCode())
                    .isEqualTo(401);
            HttpResponse<String> issued = send(HttpRequest.newBuilder(URI.create(api + "/api/v1/orgs/123/api-tokens"))
                    .header("X-Admin-Key", LearnersApplicationTest.ADMIN_KEY)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"name\": \"CI\", \"scopes\": [\"read:learners\"]}")));
            String token = JsonPath.read(issued.body(), "$.token");
            HttpResponse<String> read =
                    send(HttpRequest.newBuilder(URI.create(learner)).header("Authorization", "Bearer " + token));
            assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
            assertThat(JsonPath.<String>read(read.body(), "$.tenant")).isEqualTo("123");
        } finally {
            application.destroyForcibly().waitFor();
        }
    }

    /** Writes the sources and the metadata, as the goal process-aot of Spring Boot's Maven plugin does. */
    private void process() throws Exception {
        SpringApplicationAotProcessor.main(new String[] {
            LearnersApplication.class.getName(),
            folder.resolve("sources").toString(),
            folder.resolve("resources").toString(),
            folder.resolve("classes").toString(),
            "com.example",
            "learners"
        });
    }

    private String metadata() throws IOException {
        Path file = folder.resolve("resources/META-INF/native-image/com.example/learners/reachability-metadata.json");
        return Files.readString(file).replace("\\/", "/");
    }

    private void compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (Stream<Path> files = Files.walk(folder.resolve("sources"));
                StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, UTF_8)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            List<String> options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-classpath",
                    classPath(),
                    "-d",
                    folder.resolve("classes").toString());
            assertThat(compiler.getTask(
                                    null, manager, null, options, null, manager.getJavaFileObjectsFromPaths(sources))
                            .call())
                    .as("the generated sources are compiled")
                    .isTrue();
        }
    }

    /** Starts the application in a process of its own, with the database in memory. */
    private Process start() throws IOException {
        String classes = Stream.of(
                        folder.resolve("classes").toString(),
                        folder.resolve("resources").toString(),
                        classPath())
                .reduce((left, right) -> left + File.pathSeparator + right)
                .orElseThrow();
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Dspring.aot.enabled=true",
                        "-classpath",
                        classes,
                        LearnersApplication.class.getName(),
                        "--server.port=0",
                        "--spring.datasource.url=jdbc:h2:mem:aot;DB_CLOSE_DELAY=-1",
                        "--learners.admin-key=" + LearnersApplicationTest.ADMIN_KEY)
                .redirectErrorStream(true)
                .start();
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private static String portOf(BufferedReader log) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            lines.append(line).append('\n');
            Matcher started = STARTED.matcher(line);
            if (started.find()) {
                assertThat(lines.toString()).contains("AOT-processed");
                return started.group(1);
            }
        }
        throw new AssertionError("the application did not start:\n" + lines);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
