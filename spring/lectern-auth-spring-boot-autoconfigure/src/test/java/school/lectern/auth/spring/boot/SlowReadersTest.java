package school.lectern.auth.spring.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditEvent;

/** Clients that read an export of the audit log slowly, or not at all, keep no other request waiting in WebFlux. */
class SlowReadersTest {

    private static final int ROWS = 3_000;

    private static final int READERS = 64;

    private static final String EXPORT = "/api/v1/orgs/123/audit";

    private static final String[] ADMIN = {"X-Admin-Key", LearnerApi.ADMIN_KEY};

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({LearnerApi.Administration.class, Application.Routes.class})
    static class Application {

        /** The system holds little for a client that does not read. */
        @Bean
        NettyReactiveWebServerFactory server() {
            NettyReactiveWebServerFactory factory = new NettyReactiveWebServerFactory();
            factory.addServerCustomizers(server -> server.childOption(ChannelOption.SO_SNDBUF, 65_536));
            return factory;
        }

        @RestController
        static class Routes {
            @GetMapping("/work")
            Mono<String> work() {
                return Mono.fromCallable(() -> "done").subscribeOn(Schedulers.boundedElastic());
            }
        }
    }

    private static Socket reader(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        String request = "GET " + EXPORT + " HTTP/1.1\r\nHost: localhost\r\n" + ADMIN[0] + ": " + ADMIN[1] + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(US_ASCII));
        return socket;
    }

    @Test
    void and_a_further_one_gets_the_server_error_of_the_dialect() throws IOException {
        List<Socket> readers = new ArrayList<>();
        try (RunningApp app = RunningApp.startWebFlux(
                Application.class,
                RunningApp.WEBFLUX_WITHOUT_SECURITY,
                "server.shutdown=immediate",
                "lectern.auth.routes[0].path=/work",
                "lectern.auth.routes[0].access=permit-all")) {
            for (int i = 0; i < ROWS; i++) {
                app.bean(LecternAuth.class)
                        .audit()
                        .append(AuditEvent.builder("planted-" + i, Instant.now(), AuditEvent.CALL, "allowed")
                                .tenantId("123")
                                .endpoint("/" + "x".repeat(1_000))
                                .build());
            }
            for (int i = 0; i < READERS; i++) {
                readers.add(reader(app.port()));
            }
            // Whoever has read the start of a long response has a place, and keeps it.
            for (Socket reader : readers) {
                assertThat(new String(reader.getInputStream().readNBytes("HTTP/1.1 200".length()), US_ASCII))
                        .isEqualTo("HTTP/1.1 200");
            }
            HttpResponse<String> refused = app.get(EXPORT, ADMIN);
            assertThat(refused.statusCode()).isEqualTo(500);
            assertThat(refused.body()).contains("\"error\"");

            assertThat(app.get("/work").body()).isEqualTo("done");
            assertThat(app.get("/api/v1/orgs/123/api-tokens", ADMIN).statusCode())
                    .as("a short response")
                    .isEqualTo(200);
            assertThat(app.get("/unknown").statusCode()).as("a decision").isEqualTo(401);

            readers.remove(0).close();
            HttpResponse<String> whole = await().atMost(Duration.ofMinutes(1))
                    .until(() -> app.get(EXPORT, ADMIN), response -> response.statusCode() == 200);
            assertThat(whole.body().lines()).hasSizeGreaterThanOrEqualTo(ROWS);
        } finally {
            for (Socket reader : readers) {
                reader.close();
            }
        }
    }
}
