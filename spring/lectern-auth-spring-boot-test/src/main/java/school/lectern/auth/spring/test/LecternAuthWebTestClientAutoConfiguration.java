package school.lectern.auth.spring.test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.webtestclient.autoconfigure.WebTestClientBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.ClientRequest;

/**
 * Sends the requests of an auto-configured {@code WebTestClient} with the token of {@link WithLecternToken}, also to a running
 * server.
 */
@AutoConfiguration
final class LecternAuthWebTestClientAutoConfiguration {

    @Bean
    WebTestClientBuilderCustomizer lecternAuthWebTestClientCustomizer() {
        // The client runs its filters on the thread of the test method, and the server does not.
        return builder -> builder.filter((request, next) -> next.exchange(withToken(request)));
    }

    private static ClientRequest withToken(ClientRequest request) {
        CurrentToken token = CurrentToken.find();
        return token == null
                        || token.headers().stream()
                                .anyMatch(header -> request.headers().containsHeader(header.name()))
                ? request
                : ClientRequest.from(request)
                        .headers(headers -> token.headers()
                                .forEach(header -> headers.set(
                                        header.name(), header.value().expose())))
                        .build();
    }
}
