package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;

/** An application with H2 in a file gets the stop signal: no request fails, and no audit row is lost. */
class StopSignalTest {

    private static final int BEFORE_THE_SIGNAL = 200;

    /** The process. Prints its port and a token, and runs until the signal. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Application.Routes.class)
    static class Application {

        public static void main(String[] arguments) throws IOException {
            ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                    .properties(RunningApp.WITHOUT_SECURITY)
                    .properties("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off")
                    .properties("spring.flyway.enabled=false", "spring.liquibase.enabled=false")
                    .properties("lectern.auth.routes[0].path=/v1/me", "lectern.auth.routes[0].unlimited=true")
                    .properties("spring.datasource.url=" + arguments[0], "spring.datasource.username=sa")
                    .run();
            String token = context.getBean(LecternAuth.class)
                    .tenant("123")
                    .tokens()
                    .issue(NewToken.named("one").scopes("read:learners"))
                    .orElseThrow()
                    .secret()
                    .expose();
            Path ready = Path.of(arguments[1]);
            Path written = Files.writeString(
                    ready.resolveSibling("written"),
                    context.getEnvironment().getRequiredProperty("local.server.port") + " " + token);
            Files.move(written, ready);
        }

        @RestController
        static class Routes {
            @GetMapping("/v1/me")
            String me() {
                return "me";
            }
        }
    }

    private static Process start(Path folder, String url) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Application.class.getName(),
                        url,
                        folder.resolve("ready").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private static String url(Path folder) {
        return "jdbc:h2:file:" + folder.resolve("db");
    }

    private static void end(Process process) throws InterruptedException {
        boolean ended = process.waitFor(1, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertThat(ended).as("the process ends").isTrue();
    }

    @Test
    void h2_would_close_its_file_so_the_application_does_not_start(@TempDir Path folder) throws Exception {
        Process process = start(folder, url(folder));
        end(process);
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("log")))
                .contains("Action:")
                .contains("Add ;DB_CLOSE_ON_EXIT=FALSE to spring.datasource.url");
    }

    @Test
    void requests_until_the_end_are_answered_and_each_has_its_audit_row(@TempDir Path folder) throws Exception {
        String url = url(folder) + ";DB_CLOSE_ON_EXIT=FALSE";
        Process process = start(folder, url);
        AtomicInteger answered = new AtomicInteger();
        List<Integer> failures;
        try {
            Path ready = folder.resolve("ready");
            while (!Files.exists(ready) && process.isAlive()) {
                Thread.sleep(10);
            }
            assertThat(ready).as(Files.readString(folder.resolve("log"))).exists();
            String[] portAndToken = Files.readString(ready).split(" ");
            failures = sendUntilTheEnd(process, portAndToken[0], portAndToken[1], answered);
        } finally {
            end(process);
        }
        assertThat(failures).isEmpty();
        String log = Files.readString(folder.resolve("log"));
        assertThat(log).doesNotContain("ERROR");
        assertThat(allowedCalls(url)).as(log).isGreaterThanOrEqualTo(answered.get());
    }

    /** Sends requests on some connections, and the signal in the middle of them. Returns the statuses other than 200. */
    private static List<Integer> sendUntilTheEnd(Process process, String port, String token, AtomicInteger answered)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/me"))
                .header("Authorization", "Bearer " + token)
                .build();
        ExecutorService clients = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<Integer>>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(clients.submit(() -> send(request, answered)));
            }
            while (answered.get() < BEFORE_THE_SIGNAL) {
                Thread.sleep(10);
                assertThat(process.isAlive()).isTrue();
            }
            process.destroy();
            List<Integer> failures = new ArrayList<>();
            for (Future<List<Integer>> each : all) {
                failures.addAll(each.get());
            }
            return failures;
        } finally {
            clients.shutdownNow();
        }
    }

    private static List<Integer> send(HttpRequest request, AtomicInteger answered) throws InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        List<Integer> failures = new ArrayList<>();
        while (failures.isEmpty()) {
            try {
                int status = client.send(request, BodyHandlers.discarding()).statusCode();
                if (status == 200) {
                    answered.incrementAndGet();
                } else {
                    failures.add(status);
                }
            } catch (IOException theServerHasStopped) {
                break;
            }
        }
        return failures;
    }

    private static int allowedCalls(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, "sa", "");
                ResultSet found = connection
                        .createStatement()
                        .executeQuery("SELECT COUNT(*) FROM lectern_audit WHERE status = 200")) {
            found.next();
            return found.getInt(1);
        }
    }

    private static final ApplicationContextRunner DATABASE = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(LecternAuthAutoConfiguration.class, DataSourceAutoConfiguration.class));

    private static DataSource ofUrl(String url) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(url);
        return source;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ";AUTO_SERVER=TRUE", ";DB_CLOSE_ON_EXIT=TRUE", ";MODE=MySQL;db_close_on_exit=true"})
    void a_file_that_h2_closes_is_refused_for_each_kind_of_data_source(String settings, @TempDir Path folder) {
        String url = url(folder) + settings;
        Stream.<ApplicationContextRunner>of(
                        DATABASE.withPropertyValues("spring.datasource.url=" + url),
                        DATABASE.withPropertyValues(
                                "spring.datasource.url=" + url,
                                "spring.datasource.type=org.springframework.jdbc.datasource.SimpleDriverDataSource"),
                        DATABASE.withBean(DataSource.class, () -> ofUrl(url)),
                        DATABASE.withBean(DataSource.class, () -> new LazyConnectionDataSourceProxy(ofUrl(url))))
                .forEach(runner -> runner.run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("H2's DB_CLOSE_ON_EXIT must be FALSE for a file")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:h2:file:%s/db;DB_CLOSE_ON_EXIT=FALSE",
                "jdbc:h2:%s/db;db_close_on_exit=false;MODE=MySQL",
                "jdbc:h2:mem:stops"
            })
    void a_database_that_stays_open_is_used(String url, @TempDir Path folder) {
        DATABASE.withPropertyValues("spring.datasource.url=" + url.formatted(folder))
                .run(context -> assertThat(context).hasNotFailed());
    }
}
