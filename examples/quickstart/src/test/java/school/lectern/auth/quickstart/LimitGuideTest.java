package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.token.IssuedToken;

/** The guide's Java compiles, and its limits are those that clients see. */
class LimitGuideTest {

    private static final Guide GUIDE = Guide.of("docs/limits.md");

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), LimitExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(5);
        GUIDE.isReadable();
    }

    @Test
    void a_route_and_a_token_have_the_limits_that_the_guide_gives_them() throws Exception {
        try (LecternAuth auth = LecternAuth.builder(LimitExamples.dialect())
                .storage(InMemoryStorage.create())
                .open()) {
            IssuedToken token = auth.tenant("123")
                    .tokens()
                    .issue(LimitExamples.withOwnPermits())
                    .orElseThrow();
            GuardedJetty server =
                    new GuardedJetty(new LecternAuthFilter(auth, LimitExamples.rules()), (request, response) -> {});
            try {
                String credential = "Authorization: Bearer " + token.secret().expose();
                assertThat(server.wire().raw("GET /v1/learners/1", credential))
                        .contains("X-RateLimit-Remaining: 4999\r\n")
                        .contains("RateLimit-Policy: \"read\";q=5000;w=60\r\n");
                assertThat(server.wire().raw("GET /v1/export", credential)).contains("X-RateLimit-Remaining: 4\r\n");
            } finally {
                server.stop();
            }
        }
    }

    @Test
    void a_limit_fails_open_only_where_the_guide_says_so() {
        assertThat(LimitExamples.lenient().limits().get(LimitPlan.READ).failsOpen())
                .isTrue();
        assertThat(LimitExamples.dialect().limits().limits().values()).noneMatch(limit -> limit.failsOpen());
        LimitExamples.exact(InMemoryStorage.create()).close();
    }
}
