package school.lectern.auth.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockServletContext;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.StaticWebApplicationContext;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Teacharium;

/** Tokens whose two parts are in two headers. */
class TwoHeadersTest {

    @Test
    void a_request_of_a_test_has_both_headers_of_a_token() {
        MockServletContext servlets = new MockServletContext();
        try (LecternAuth auth = LecternAuth.builder(Teacharium.DIALECT.toBuilder()
                        .carriers(Carrier.headerParts("X-Id", "X-Secret"))
                        .build())
                .storage(InMemoryStorage.create())
                .open()) {
            StaticWebApplicationContext application = new StaticWebApplicationContext();
            application.setServletContext(servlets);
            application.getBeanFactory().registerSingleton("auth", auth);
            application.refresh();
            servlets.setAttribute(WebApplicationContext.ROOT_WEB_APPLICATION_CONTEXT_ATTRIBUTE, application);
            MockHttpServletRequest request = new MockHttpServletRequest(servlets);
            request.addHeader("X-Id", "another");
            LecternAuthRequestPostProcessors.lecternToken().postProcessRequest(request);
            assertThat(request.getHeader("X-Id")).startsWith("tapub_").isNotEqualTo("another");
            assertThat(request.getHeader("X-Secret")).isNotBlank();
            assertThat(request.getHeader("Authorization")).isNull();
        }
    }
}
