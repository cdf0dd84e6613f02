package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.token.IssuedToken;

/** The guide's Java compiles, and its limits are those that clients see. */
class LimitGuideTest {

    private static final Guide GUIDE = Guide.of("docs/limits.md");

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), LimitExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(8);
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
    void several_limits_and_headers_of_ones_own_are_reported_as_the_guide_says() throws Exception {
        try (LecternAuth auth = LecternAuth.builder(LimitExamples.several())
                .storage(InMemoryStorage.create())
                .open()) {
            IssuedToken token = auth.tenant("123")
                    .tokens()
                    .issue(NewToken.named("CI").scopes("read:learners"))
                    .orElseThrow();
            RouteRules rules = RouteRules.builder()
                    .guard("GET", "/v1/learners/{id}", "read:learners")
                    .build();
            GuardedJetty server = new GuardedJetty(new LecternAuthFilter(auth, rules), (request, response) -> {});
            try {
                String credential = "Authorization: Bearer " + token.secret().expose();
                assertThat(server.wire().raw("GET /v1/learners/1", credential))
                        .contains("x-ratelimit-limit-requests: 60\r\n")
                        .contains("x-ratelimit-remaining-requests: 59\r\n")
                        .contains("x-ratelimit-remaining-daily: 9999\r\n")
                        .contains("x-ratelimit-reset-daily: ");
            } finally {
                server.stop();
            }
        }
        assertThat(LimitExamples.named().toString()).contains("X-RateLimit-Reset: RESET_EPOCH_SECONDS");
        assertThat(LimitExamples.faster().limits()).containsEntry(LimitPlan.READ, RateLimit.perMinute(1_000));
    }

    @Test
    void a_limit_fails_open_only_where_the_guide_says_so() {
        assertThat(LimitExamples.lenient().limits().get(LimitPlan.READ).failsOpen())
                .isTrue();
        assertThat(LimitExamples.dialect().limits().limits().values()).noneMatch(limit -> limit.failsOpen());
        LimitExamples.exact(InMemoryStorage.create()).close();
    }
}
