package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.LimitValue;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** A request with several limits takes a permit of each, or none, and its response reports all of them. */
class SeveralLimitsTest {

    private static final LimitHeaders HEADERS = LimitHeaders.NONE
            .with("x-limit-{policy}", LimitValue.LIMIT)
            .with("x-remaining-{policy}", LimitValue.REMAINING)
            .with("x-reset", LimitValue.RESET_DURATION);

    private final InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
    private Fixture f = serve(RateLimit.perMinute(5), RateLimit.fixed(2, Duration.ofHours(1)));
    private IssuedToken token = f.issue();

    private Fixture serve(RateLimit requests, RateLimit tokens) {
        LimitPlan plan = LimitPlan.unlimited()
                .with("requests", requests)
                .with("tokens", tokens)
                .with("bulk", RateLimit.perMinute(1))
                .byDefault("requests", "tokens");
        Dialect dialect = Lectern.DIALECT.toBuilder().limits(plan, HEADERS).build();
        return new Fixture(dialect, settings -> settings.metrics(counters));
    }

    private void restart(RateLimit requests, RateLimit tokens) {
        f.close();
        f = serve(requests, tokens);
        token = f.issue();
    }

    @AfterEach
    void close() {
        f.close();
    }

    @Test
    void a_request_takes_a_permit_of_each_limit_and_reports_each() {
        var allowed = f.allowed(Ask.with(token));

        assertThat(allowed.limits()).extracting(RateLimitResult::policy).containsExactly("requests", "tokens");
        assertThat(f.auth.headers(allowed))
                .containsOnly(
                        entry("X-Request-Id", allowed.requestId()),
                        entry("x-limit-requests", "5"),
                        entry("x-remaining-requests", "4"),
                        entry("x-limit-tokens", "2"),
                        entry("x-remaining-tokens", "1"),
                        entry("x-reset", "36m30s"));
        assertThat(f.allowed(Ask.with(token).method("POST"))
                        .limits()
                        .get(0)
                        .status()
                        .remaining())
                .as("writes count in the same limits")
                .isEqualTo(3);
    }

    @Test
    void a_refused_request_takes_no_permit_of_any_limit_and_waits_for_the_one_that_refuses() {
        f.allowed(Ask.with(token));
        f.allowed(Ask.with(token));
        for (int i = 0; i < 4; i++) {
            Denied denied = f.denied(Ask.with(token));

            assertThat(denied.error().kind()).isEqualTo(Kind.RATE_LIMITED);
            assertThat(denied.error().retryAfter()).contains(Duration.ofSeconds(36 * 60 + 30));
            assertThat(f.auth.headers(denied))
                    .containsEntry("x-remaining-requests", "3")
                    .containsEntry("x-remaining-tokens", "0");
        }
        assertThat(counters.snapshot())
                .containsEntry("permits:requests:granted", 2L)
                .containsEntry("permits:tokens:granted", 2L)
                .containsEntry("permits:tokens:refused", 4L)
                .doesNotContainKey("permits:requests:refused");
    }

    @Test
    void the_retry_time_is_the_longest_wait_of_the_limits_that_refuse() {
        restart(RateLimit.perMinute(1), RateLimit.fixed(1, Duration.ofHours(1)));
        f.allowed(Ask.with(token));

        assertThat(f.denied(Ask.with(token)).error().retryAfter()).contains(Duration.ofSeconds(36 * 60 + 30));
    }

    @Test
    void a_denial_that_takes_no_permit_reports_each_limit() {
        Denied denied = f.denied(Ask.with(token).needing("read:finance"));

        assertThat(denied.limits())
                .extracting(result -> result.policy() + result.status().remaining())
                .containsExactly("requests5", "tokens2");
        assertThat(f.auth.recheck(Ask.with(token).request(), Requirement.anyToken())
                        .limits())
                .hasSize(2);
    }

    @Test
    void a_route_names_several_policies_or_none() {
        Requirement both = Requirement.anyToken().policy("bulk").policy("requests");

        assertThat(f.allowed(Ask.with(token).needing(both)).limits())
                .extracting(RateLimitResult::policy)
                .containsExactly("bulk", "requests");
        assertThat(f.refusal(Ask.with(token).needing(both))).isEqualTo(Kind.RATE_LIMITED);
        Requirement none = Requirement.anyToken().unlimited();
        for (int i = 0; i < 10; i++) {
            assertThat(f.allowed(Ask.with(token).needing(none)).limits()).isEmpty();
        }
        assertThat(none)
                .isNotEqualTo(Requirement.anyToken())
                .hasSameHashCodeAs(Requirement.anyToken().unlimited());
    }

    @Test
    void policies_that_contradict_each_other_are_refused() {
        Requirement bulk = Requirement.anyToken().policy("bulk");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> bulk.policy("bulk"))
                .withMessageContaining("policy bulk must be given once");
        assertThatIllegalArgumentException()
                .isThrownBy(bulk::unlimited)
                .withMessageContaining("must not be given for unlimited requests");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Requirement.anyToken().unlimited().policy("bulk"))
                .withMessageContaining("must not be given for unlimited requests");
    }

    @Test
    void a_limit_that_cannot_be_counted_is_a_server_error_unless_all_of_them_fail_open() {
        Supplier<LimitStatus> down = () -> {
            throw new StorageException("planted");
        };
        RateLimit closed = RateLimit.perMinute(5);
        for (List<RateLimit> limits : List.of(
                List.of(closed, closed), List.of(closed.failOpen(), closed), List.of(closed, closed.failOpen()))) {
            restart(limits.get(0), limits.get(1));
            f.limits.instead = down;
            assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNAVAILABLE);
        }
        restart(closed.failOpen(), closed.failOpen());
        f.limits.instead = down;
        assertThat(f.allowed(Ask.with(token)).limits()).isEmpty();
    }

    @Test
    void a_token_has_its_own_number_of_each_limit() {
        IssuedToken own = f.issue(Fixture.settings().rateLimits(Map.of("tokens", 9L)));

        assertThat(f.auth.headers(f.allowed(Ask.with(own))))
                .containsEntry("x-limit-requests", "5")
                .containsEntry("x-limit-tokens", "9");
    }
}
