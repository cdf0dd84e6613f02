package school.lectern.auth.spring.test.webflux;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static school.lectern.auth.spring.test.LecternAuthWebTestClientConfigurers.lecternToken;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.context.ApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.spring.test.AutoConfigureLecternAuth;
import school.lectern.auth.spring.test.WithLecternToken;
import school.lectern.auth.spring.test.WithoutSpringSecurity;

/** Tests of an application with WebFlux send requests with real tokens, in a slice and in the whole application. */
class WebFluxSliceTest {

    private static final String REACTIVE = "spring.main.web-application-type=reactive";

    abstract static class Requests {

        @Autowired
        WebTestClient client;

        @Test
        void requests_without_a_token_are_denied() {
            client.get().uri("/v1/learners/7").exchange().expectStatus().isUnauthorized();
            client.get().uri("/v1/ruled").exchange().expectStatus().isUnauthorized();
        }

        @Test
        @WithLecternToken(tenant = "456", scopes = "read:learners")
        void the_token_of_the_method_is_sent() {
            client.get()
                    .uri("/v1/learners/7")
                    .exchange()
                    .expectBody(String.class)
                    .isEqualTo("learner 7 of 456");
            client.get().uri("/v1/other").exchange().expectStatus().isNotFound();
        }

        @Test
        @WithLecternToken(scopes = "read:learners")
        void a_header_of_the_request_replaces_the_token_of_the_method() {
            client.get()
                    .uri("/v1/learners/7")
                    .header("Authorization", "Bearer wrong")
                    .exchange()
                    .expectStatus()
                    .isUnauthorized();
        }
    }

    abstract static class RequestsWithoutAServer extends Requests {

        @Autowired
        private ApplicationContext application;

        @Test
        void a_token_with_the_scope_is_admitted() {
            client.mutateWith(lecternToken().tenant("456").scopes("read:learners"))
                    .get()
                    .uri("/v1/learners/7")
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .expectBody(String.class)
                    .isEqualTo("learner 7 of 456");
        }

        @Test
        void other_tokens_are_denied() {
            client.mutateWith(lecternToken().scopes("write:learners"))
                    .get()
                    .uri("/v1/learners/7")
                    .exchange()
                    .expectStatus()
                    .isForbidden();
            NewToken settings = NewToken.named("elsewhere").scopes("read:learners");
            client.mutateWith(lecternToken().settings(settings))
                    .get()
                    .uri("/v1/other")
                    .exchange()
                    .expectStatus()
                    .isNotFound();
        }

        @Test
        @WithLecternToken(scopes = "write:learners")
        void a_token_of_the_client_replaces_that_of_the_method_and_the_header() {
            WebTestClient changed = client.mutateWith(lecternToken().scopes("read:learners"));
            changed.get().uri("/v1/learners/7").exchange().expectStatus().isOk();
            changed.get()
                    .uri("/v1/learners/7")
                    .header("Authorization", "Bearer wrong")
                    .exchange()
                    .expectStatus()
                    .isOk();
            client.get().uri("/v1/learners/7").exchange().expectStatus().isForbidden();
        }

        @Test
        void a_client_can_be_built_with_a_token() {
            WebTestClient.bindToApplicationContext(application)
                    .apply(lecternToken().scopes("read:learners"))
                    .build()
                    .get()
                    .uri("/v1/learners/7")
                    .exchange()
                    .expectStatus()
                    .isOk();
        }
    }

    @Nested
    @WebFluxTest(Application.Learners.class)
    class InASlice extends RequestsWithoutAServer {}

    @Nested
    @WebFluxTest(controllers = Application.Learners.class, properties = WithoutSpringSecurity.WEBFLUX)
    class InASliceWithoutSpringSecurity extends RequestsWithoutAServer {}

    @Nested
    @SpringBootTest(classes = Application.class, properties = REACTIVE)
    @AutoConfigureWebTestClient
    @AutoConfigureLecternAuth
    class InTheWholeApplication extends RequestsWithoutAServer {}

    @Nested
    @SpringBootTest(
            classes = Application.class,
            properties = {REACTIVE, WithoutSpringSecurity.WEBFLUX})
    @AutoConfigureWebTestClient
    @AutoConfigureLecternAuth
    class InTheWholeApplicationWithoutSpringSecurity extends RequestsWithoutAServer {}

    @Nested
    @SpringBootTest(classes = Application.class, properties = REACTIVE, webEnvironment = WebEnvironment.RANDOM_PORT)
    @AutoConfigureWebTestClient
    @AutoConfigureLecternAuth
    class OnAServer extends Requests {

        @Autowired
        private LecternAuth auth;

        @Test
        void a_client_without_access_to_the_application_says_what_to_do() {
            assertThatIllegalStateException()
                    .isThrownBy(() -> client.mutateWith(lecternToken()))
                    .withMessageContaining("bound to a running server")
                    .withMessageContaining("issue a token with the LecternAuth bean")
                    .withMessageContaining("@WithLecternToken");
        }

        @Test
        void a_token_of_the_bean_is_admitted() {
            String secret = auth.tenant("456")
                    .tokens()
                    .issue(NewToken.named("test").scopes("read:learners"))
                    .orElseThrow()
                    .secret()
                    .expose();
            client.get()
                    .uri("/v1/learners/7")
                    .headers(headers -> headers.setBearerAuth(secret))
                    .exchange()
                    .expectBody(String.class)
                    .isEqualTo("learner 7 of 456");
        }
    }
}
