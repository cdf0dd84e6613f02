package school.lectern.auth.spring.test.mvc;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;
import static school.lectern.auth.spring.test.LecternAuthRequestPostProcessors.lecternToken;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.servlet.MockMvc;
import school.lectern.auth.NewToken;
import school.lectern.auth.spring.test.AutoConfigureLecternAuth;
import school.lectern.auth.spring.test.LecternAuthWebTestClientConfigurers;
import school.lectern.auth.spring.test.WithLecternToken;
import school.lectern.auth.spring.test.WithoutSpringSecurity;

/** Tests of an application send requests with real tokens, in a slice and in the whole application. */
class WebMvcSliceTest {

    abstract static class Requests {

        @Autowired
        private MockMvc mvc;

        @Test
        void a_token_with_the_scope_is_admitted() throws Exception {
            mvc.perform(get("/v1/learners/7").with(lecternToken().tenant("456").scopes("read:learners")))
                    .andExpect(status().isOk())
                    .andExpect(content().string("learner 7 of 456"));
        }

        @Test
        void other_requests_are_denied() throws Exception {
            mvc.perform(get("/v1/learners/7")).andExpect(status().isUnauthorized());
            mvc.perform(get("/v1/learners/7").with(lecternToken().scopes("write:learners")))
                    .andExpect(status().isForbidden());
            NewToken settings = NewToken.named("elsewhere").scopes("read:learners");
            mvc.perform(get("/v1/other").with(lecternToken().settings(settings)))
                    .andExpect(status().isNotFound());
        }

        @Test
        void rules_of_the_application_apply() throws Exception {
            mvc.perform(get("/v1/ruled")).andExpect(status().isUnauthorized());
            mvc.perform(get("/v1/ruled").with(lecternToken().scopes("read:learners")))
                    .andExpect(status().isOk());
        }

        @Test
        void a_token_replaces_the_header_of_the_request() throws Exception {
            mvc.perform(get("/v1/ruled")
                            .header("Authorization", "Bearer wrong")
                            .with(lecternToken().scopes("read:learners")))
                    .andExpect(status().isOk());
        }

        @Test
        @WithLecternToken(tenant = "456", scopes = "read:learners")
        void the_token_of_the_method_is_sent() throws Exception {
            mvc.perform(get("/v1/learners/7")).andExpect(content().string("learner 7 of 456"));
        }
    }

    @Nested
    @WebMvcTest(Application.Learners.class)
    class InASlice extends Requests {}

    @Nested
    @WebMvcTest(
            controllers = Application.Learners.class,
            properties = {WithoutSpringSecurity.MVC_FILTER, WithoutSpringSecurity.MVC})
    class InASliceWithoutSpringSecurity extends Requests {}

    @Nested
    @SpringBootTest(classes = Application.class)
    @AutoConfigureMockMvc
    @AutoConfigureLecternAuth
    class InTheWholeApplication extends Requests {}

    @Nested
    @SpringBootTest(
            classes = Application.class,
            properties = {WithoutSpringSecurity.MVC_FILTER, WithoutSpringSecurity.MVC})
    @AutoConfigureMockMvc
    @AutoConfigureLecternAuth
    class InTheWholeApplicationWithoutSpringSecurity extends Requests {}

    @Nested
    @SpringBootTest(classes = Application.class)
    @AutoConfigureMockMvc
    @AutoConfigureWebTestClient
    @AutoConfigureLecternAuth
    class WithAWebTestClient {

        @Autowired
        private WebTestClient client;

        @Test
        void a_client_over_mock_mvc_sends_tokens() {
            client.get().uri("/v1/ruled").exchange().expectStatus().isUnauthorized();
            client.mutateWith(LecternAuthWebTestClientConfigurers.lecternToken()
                            .tenant("456")
                            .scopes("read:learners"))
                    .get()
                    .uri("/v1/learners/7")
                    .exchange()
                    .expectBody(String.class)
                    .isEqualTo("learner 7 of 456");
        }
    }
}
