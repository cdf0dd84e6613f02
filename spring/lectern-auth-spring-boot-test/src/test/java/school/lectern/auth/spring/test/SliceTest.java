package school.lectern.auth.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;
import static school.lectern.auth.spring.test.LecternAuthRequestPostProcessors.lecternToken;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.NewToken;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiresScope;

/** Tests of an application send requests with real tokens, in a slice and in the whole application. */
class SliceTest {

    @SpringBootApplication
    static class Application {

        @RestController
        static class Learners {
            @GetMapping("/v1/learners/{id}")
            @RequiresScope("read:learners")
            String learner(@PathVariable String id, TokenPrincipal caller) {
                return "learner " + id + " of " + caller.tenantId();
            }
        }
    }

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
    }

    @Nested
    @WebMvcTest(Application.Learners.class)
    class InASlice extends Requests {}

    @Nested
    @SpringBootTest(classes = Application.class)
    @AutoConfigureMockMvc
    @AutoConfigureLecternAuth
    class InTheWholeApplication extends Requests {}

    @Test
    void both_files_name_every_auto_configuration_that_guards() throws IOException {
        List<String> guarding =
                new ArrayList<>(lines("org.springframework.boot.autoconfigure.AutoConfiguration").stream()
                        .filter(name -> name.startsWith("school.lectern"))
                        .filter(name -> !name.matches(".*(Reactive|Metrics|Health)AutoConfiguration"))
                        .toList());
        guarding.add(LecternAuthTestAutoConfiguration.class.getName());
        for (String file : List.of(
                AutoConfigureLecternAuth.class.getName(),
                "org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureWebMvc")) {
            assertThat(lines(file)).as(file).containsAll(guarding);
        }
    }

    private static List<String> lines(String file) throws IOException {
        List<String> all = new ArrayList<>();
        for (var url : Collections.list(
                SliceTest.class.getClassLoader().getResources("META-INF/spring/" + file + ".imports"))) {
            try (var in = url.openStream()) {
                all.addAll(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList());
            }
        }
        return all;
    }
}
