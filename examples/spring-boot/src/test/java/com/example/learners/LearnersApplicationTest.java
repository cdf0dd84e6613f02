package com.example.learners;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
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
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;

/** The commands of the example's README get the statuses that it shows. */
class LearnersApplicationTest {

    static final String ADMIN_KEY = "test-key-of-the-administrator-0123456789";

    private static final Pattern COMMAND = Pattern.compile("curl -[is] localhost:8080(\\S+)(.*)");
    private static final Pattern STATUS = Pattern.compile("# (\\d{3})");
    private static final Pattern HEADER = Pattern.compile("-H \"([^:]+): ([^\"]+)\"");
    private static final Pattern BODY = Pattern.compile("-d '([^']+)'");

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void the_commands_of_the_readme_get_the_statuses_that_it_shows() throws Exception {
        try (ConfigurableApplicationContext application = SpringApplication.run(
                LearnersApplication.class,
                "--server.port=0",
                "--spring.datasource.url=jdbc:h2:mem:example;DB_CLOSE_DELAY=-1",
                "--learners.admin-key=" + ADMIN_KEY)) {
            int port = application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
            List<String> commands = commands();
            assertThat(commands).hasSize(6);
            HttpResponse<String> issued = run(commands.get(0).replace("$ADMIN_KEY", ADMIN_KEY), port);
            assertThat(issued.statusCode()).as(issued.body()).isEqualTo(200);
            String token = JsonPath.read(issued.body(), "$.token");
            for (String command : commands.subList(1, commands.size())) {
                Matcher status = STATUS.matcher(command);
                assertThat(status.find()).as(command).isTrue();
                assertThat(run(command.replace("$TOKEN", token), port).statusCode())
                        .as(command)
                        .isEqualTo(Integer.parseInt(status.group(1)));
            }
        }
    }

    /** So the commands above are answered with the Jackson of Spring Boot 4. */
    @Test
    void the_starter_does_not_bring_jackson_2() {
        ClassLoader loader = getClass().getClassLoader();
        assertThat(ClassUtils.isPresent("tools.jackson.databind.ObjectMapper", loader))
                .isTrue();
        assertThat(ClassUtils.isPresent("com.fasterxml.jackson.databind.ObjectMapper", loader))
                .isFalse();
    }

    @Test
    void the_example_is_short_enough_to_copy() throws IOException {
        long lines = 0;
        for (Path folder : List.of(Path.of("src/main/java"), Path.of("src/main/resources"))) {
            try (var files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    lines += Files.readAllLines(file).size();
                }
            }
        }
        assertThat(lines).isLessThanOrEqualTo(150);
    }

    private static List<String> commands() throws IOException {
        return Pattern.compile("^curl .*$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    private HttpResponse<String> run(String command, int port) throws IOException, InterruptedException {
        Matcher parts = COMMAND.matcher(command);
        assertThat(parts.find()).as(command).isTrue();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + parts.group(1)));
        HEADER.matcher(parts.group(2)).results().forEach(header -> request.header(header.group(1), header.group(2)));
        Matcher body = BODY.matcher(parts.group(2));
        if (body.find()) {
            request.POST(BodyPublishers.ofString(body.group(1)));
        } else if (parts.group(2).contains("-X POST")) {
            request.POST(BodyPublishers.noBody());
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
