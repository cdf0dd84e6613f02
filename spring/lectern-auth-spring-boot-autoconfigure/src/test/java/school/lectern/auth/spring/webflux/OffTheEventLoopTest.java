package school.lectern.auth.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;

/** Evaluations run on threads of their own, to their end, and as many as there is room for. */
class OffTheEventLoopTest {

    @Test
    void a_client_that_goes_away_does_not_interrupt_the_evaluation() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Disposable client = OffTheEventLoop.own()
                .call(() -> {
                    started.countDown();
                    try {
                        gone.await();
                        ended.complete(true);
                    } catch (InterruptedException interrupted) {
                        ended.completeExceptionally(interrupted);
                    }
                    return true;
                })
                .subscribe();
        started.await();
        client.dispose();
        gone.countDown();
        assertThat(ended.get(1, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void evaluations_do_not_wait_for_other_blocking_work() {
        assertThat(OffTheEventLoop.own()
                        .call(() -> Thread.currentThread().getName())
                        .block())
                .startsWith("lectern-auth");
    }

    @Test
    void a_broken_virtual_machine_does_not_leave_a_request_without_an_end() {
        assertThatThrownBy(() -> OffTheEventLoop.own()
                        .call(() -> {
                            throw new NoClassDefFoundError("planted");
                        })
                        .block(Duration.ofMinutes(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseInstanceOf(NoClassDefFoundError.class);
    }

    @Test
    void a_request_for_which_there_is_no_room_gets_the_server_error_of_the_dialect() {
        Schedulers.setFactory(new Schedulers.Factory() {
            @Override
            public Scheduler newBoundedElastic(int threads, int tasks, ThreadFactory factory, int ttl) {
                return Schedulers.fromExecutor(task -> {
                    throw new RejectedExecutionException("planted");
                });
            }
        });
        try (LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(InMemoryStorage.create())
                .open()) {
            RouteRules open = RouteRules.builder().permitAll("GET", "/open").build();
            LecternAuthWebFilter filter = new LecternAuthWebFilter(
                    auth, open, TrustedProxies.none(), 0, (context, exchange, principal) -> context);
            MockServerWebExchange exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/open"));
            filter.filter(exchange, passed -> Mono.error(new AssertionError("the handler was reached")))
                    .block();
            assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
            assertThat(exchange.getResponse().getHeaders().getFirst("X-Request-Id"))
                    .isNotBlank();
            assertThat(exchange.getResponse().getBodyAsString().block()).contains("\"error\"");
        } finally {
            Schedulers.resetFactory();
        }
    }
}
