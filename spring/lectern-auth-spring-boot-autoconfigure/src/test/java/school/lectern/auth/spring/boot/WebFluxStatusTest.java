package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.CursorPage;

/** The audit row of a request in WebFlux has the status that the client got, also if no handler set one. */
@TestInstance(Lifecycle.PER_CLASS)
class WebFluxStatusTest {

    private RunningApp app;
    private String token;

    @BeforeAll
    void start() {
        app = RunningApp.startWebFlux(
                Application.class, RunningApp.WEBFLUX_WITHOUT_SECURITY, "lectern.auth.routes[0].path=/v1/**");
        token = app.token("read:learners");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private void assertStatus(String path, int status) {
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(app
                                .bean(LecternAuth.class)
                                .audit()
                                .read("123", null, null, CursorPage.START, 1_000)
                                .items()
                                .stream()
                                .filter(row -> path.equals(row.endpoint()))
                                .map(AuditEvent::status))
                        .containsExactly(status));
    }

    @Test
    void of_a_web_socket() throws Exception {
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", token)
                .buildAsync(URI.create("ws://127.0.0.1:" + app.port() + "/v1/socket"), new WebSocket.Listener() {})
                .get(1, TimeUnit.MINUTES);
        assertStatus("/v1/socket", 101);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(1, TimeUnit.MINUTES);
    }

    @Test
    void of_a_handler_that_sets_none() {
        assertThat(app.get("/v1/nothing", "Authorization", token).statusCode()).isEqualTo(200);
        assertStatus("/v1/nothing", 200);
    }

    @Test
    void of_a_response_whose_commit_failed() {
        for (Map.Entry<String, Integer> failed : Map.of(
                        "/v1/failed", 500, "/v1/conflict", 409, "/v1/late/conflict", 409)
                .entrySet()) {
            assertThat(app.get(failed.getKey(), "Authorization", token).statusCode())
                    .isEqualTo(failed.getValue());
            assertStatus(failed.getKey(), failed.getValue());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Application.Routes.class)
    static class Application {

        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }

        @Bean
        HandlerMapping sockets() {
            WebSocketHandler handler = session -> session.receive().then();
            return new SimpleUrlHandlerMapping(Map.of("/v1/socket", handler), Ordered.HIGHEST_PRECEDENCE);
        }

        /** Fails after the library has noted the status, as the storage of a session may. */
        @Bean
        @Order(Ordered.LOWEST_PRECEDENCE)
        WebFilter failingCommit() {
            return (exchange, chain) -> {
                String path = exchange.getRequest().getPath().value();
                if (List.of("/v1/failed", "/v1/conflict", "/v1/late/conflict").contains(path)) {
                    exchange.getResponse()
                            .beforeCommit(() -> Mono.error(
                                    path.endsWith("conflict")
                                            ? new ResponseStatusException(HttpStatus.CONFLICT)
                                            : new IllegalStateException("planted")));
                }
                return chain.filter(exchange);
            };
        }

        /** Lets the next handler respond to the failure on another thread, when the filters have ended. */
        @Bean
        @Order(-2)
        WebExceptionHandler late() {
            return (exchange, failure) ->
                    exchange.getRequest().getPath().value().contains("late")
                            ? Mono.delay(Duration.ofMillis(50)).then(Mono.error(failure))
                            : Mono.error(failure);
        }

        @RestController
        static class Routes {
            @GetMapping({"/v1/failed", "/v1/conflict", "/v1/late/conflict"})
            String answer() {
                return "never sent";
            }

            @GetMapping("/v1/nothing")
            Mono<Void> nothing() {
                return Mono.empty();
            }
        }
    }
}
