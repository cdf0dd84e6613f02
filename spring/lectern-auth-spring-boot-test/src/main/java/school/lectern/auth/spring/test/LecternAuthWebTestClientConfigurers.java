package school.lectern.auth.spring.test;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.test.web.reactive.server.MockServerConfigurer;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.reactive.server.WebTestClientConfigurer;
import org.springframework.test.web.servlet.client.MockMvcHttpConnector;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.spring.test.LecternAuthRequestPostProcessors.LecternTokenRequestPostProcessor;

/**
 * Sends the requests of a {@link WebTestClient} with API tokens:
 *
 * <pre>{@code
 * client.mutateWith(lecternToken().tenant("123").scopes("read:learners"))
 *         .get()
 *         .uri("/v1/learners/7")
 *         .exchange()
 *         .expectStatus()
 *         .isOk();
 * }</pre>
 *
 * <p>A client of a running server has no access to the application. There, issue a token with the {@link LecternAuth} bean and
 * set the header, or use {@link WithLecternToken}.
 */
public final class LecternAuthWebTestClientConfigurers {

    private LecternAuthWebTestClientConfigurers() {}

    /**
     * {@return a token for each request of a client, of the tenant {@code 123} and without scopes unless set} The tokens are
     * issued by the {@link LecternAuth} of the application, and evaluated like the token of a client. A dialect such as Lectern
     * requires a scope.
     */
    public static LecternTokenConfigurer lecternToken() {
        return new LecternTokenConfigurer(TokenOfTest.PLAIN);
    }

    /** Issues a token for each request, and sends it in place of any other value of that header. Immutable. */
    public static final class LecternTokenConfigurer implements WebTestClientConfigurer, MockServerConfigurer {

        private final TokenOfTest token;

        private LecternTokenConfigurer(TokenOfTest token) {
            this.token = token;
        }

        /**
         * {@return tokens of that tenant}
         *
         * @param id the tenant's id
         */
        public LecternTokenConfigurer tenant(String id) {
            return new LecternTokenConfigurer(token.tenant(id));
        }

        /**
         * {@return tokens with these scopes}
         *
         * @param scopes the scopes, one in each element
         */
        public LecternTokenConfigurer scopes(String... scopes) {
            return new LecternTokenConfigurer(token.scopes(scopes));
        }

        /**
         * {@return tokens with these settings}
         *
         * @param settings the settings, which include the scopes
         */
        public LecternTokenConfigurer settings(NewToken settings) {
            return new LecternTokenConfigurer(token.settings(settings));
        }

        @Override
        public void beforeServerCreated(WebHttpHandlerBuilder builder) {
            // Before the filters of the library and of Spring Security.
            builder.filters(filters -> filters.add(0, new HeaderFilter(token)));
        }

        /**
         * Changes a client.
         *
         * @throws IllegalStateException if the client is bound to a running server
         */
        @Override
        public void afterConfigurerAdded(
                WebTestClient.Builder builder,
                @Nullable WebHttpHandlerBuilder httpHandlerBuilder,
                @Nullable ClientHttpConnector connector) {
            if (httpHandlerBuilder != null) {
                beforeServerCreated(httpHandlerBuilder);
            } else if (connector instanceof MockMvcHttpConnector mvc) {
                builder.clientConnector(mvc.with(List.of(LecternTokenRequestPostProcessor.sending(token))));
            } else {
                throw new IllegalStateException(
                        "lecternToken() cannot reach the application, since this WebTestClient is bound to a running server;"
                                + " issue a token with the LecternAuth bean and set the header Authorization, or put"
                                + " @WithLecternToken on the test");
            }
        }
    }

    /** Issues a token for each request, on a thread that may wait for a database. */
    private record HeaderFilter(TokenOfTest token) implements WebFilter {

        @Override
        public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
            LecternAuth auth = Objects.requireNonNull(exchange.getApplicationContext(), "no application context")
                    .getBean(LecternAuth.class);
            return Mono.fromCallable(() -> token.issue(auth))
                    .subscribeOn(Schedulers.boundedElastic())
                    .flatMap(sent -> chain.filter(exchange.mutate()
                            .request(request -> request.headers(headers -> sent.forEach(header ->
                                    headers.set(header.name(), header.value().expose()))))
                            .build()));
        }
    }
}
