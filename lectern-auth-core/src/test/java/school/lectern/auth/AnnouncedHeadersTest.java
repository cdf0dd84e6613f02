package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** The rate-limit headers that a decision adds to its response, over several requests. */
class AnnouncedHeadersTest {

    private static final ApiVersion OLD = ApiVersion.of("2025-07-01");
    private static final ApiVersion NEW = ApiVersion.of("2026-01-01");

    private static final Dialect STRUCTURED = Lectern.DIALECT.toBuilder()
            .limits(
                    LimitPlan.unlimited()
                            .with(LimitPlan.READ, RateLimit.perMinute(200))
                            .with(LimitPlan.WRITE, RateLimit.gcra(60, Duration.ofMinutes(1)))
                            .with(LimitPlan.BULK, RateLimit.fixed(1, Duration.ofHours(1))),
                    LimitHeaders.RATE_LIMIT_DRAFT_11)
            .build();

    private final Fixture f = new Fixture(
            STRUCTURED,
            settings -> settings.versions(VersionPolicy.released(OLD, NEW)
                            .deprecate(OLD, Instant.parse("2026-03-01T00:00:00Z"))
                            .sunset(OLD, Instant.parse("2026-06-01T00:00:00Z")))
                    .tenants(id -> Optional.of(new Tenant(id, OLD))));

    private final IssuedToken token = f.issue();

    @AfterEach
    void close() {
        f.close();
    }

    private Map<String, String> headers(Decision decision) {
        Map<String, String> headers = f.auth.headers(decision);
        assertThat(headers).containsEntry("X-Request-Id", decision.requestId());
        return headers;
    }

    @Test
    void an_allowed_call_announces_the_limit_of_its_policy_and_the_retirement_of_its_version() {
        Decision allowed = f.allowed(Ask.with(token));

        assertThat(headers(allowed))
                .containsExactly(
                        entry("X-Request-Id", allowed.requestId()),
                        entry("RateLimit-Policy", "\"read\";q=200;w=60"),
                        entry("RateLimit", "\"read\";r=199;t=30"),
                        entry("Lectern-Version", "2025-07-01"),
                        entry("Deprecation", "@1772323200"),
                        entry("Sunset", "Mon, 01 Jun 2026 00:00:00 GMT"));
    }

    @Test
    void every_policy_is_announced_by_its_name() {
        assertThat(headers(f.allowed(Ask.with(token).method("DELETE"))))
                .containsEntry("RateLimit-Policy", "\"write\";q=60;w=60")
                .containsEntry("RateLimit", "\"write\";r=59;t=1");
        assertThat(headers(
                        f.allowed(Ask.with(token).needing(Requirement.anyToken().policy("bulk")))))
                .containsEntry("RateLimit-Policy", "\"bulk\";q=1;w=3600")
                .containsEntry("RateLimit", "\"bulk\";r=0;t=2190");
    }

    @Test
    void the_window_shrinks_as_time_goes_by() {
        headers(f.allowed(Ask.with(token)));
        f.clock.advance(Duration.ofMillis(29_001));

        assertThat(headers(f.allowed(Ask.with(token)))).containsEntry("RateLimit", "\"read\";r=198;t=1");
        f.clock.advance(Duration.ofMillis(999));
        assertThat(headers(f.allowed(Ask.with(token)))).containsEntry("RateLimit", "\"read\";r=199;t=60");
    }

    @Test
    void a_tokens_own_permits_are_its_policy() {
        IssuedToken own = f.issue(Fixture.settings().rateLimits(Map.of(LimitPlan.READ, 7L)));

        assertThat(headers(f.allowed(Ask.with(own))))
                .containsEntry("RateLimit-Policy", "\"read\";q=7;w=60")
                .containsEntry("RateLimit", "\"read\";r=6;t=30");
    }

    @Test
    void a_denial_announces_the_results_of_the_checks_before_it() {
        assertThat(headers(f.denied(Ask.with(token).needing("read:finance"))))
                .containsEntry("RateLimit", "\"read\";r=200;t=30")
                .containsEntry("Deprecation", "@1772323200");
        assertThat(headers(f.denied(Ask.with(token).version("2024-01-01"))))
                .containsOnlyKeys("X-Request-Id", "RateLimit-Policy", "RateLimit");
        assertThat(headers(f.denied(Ask.with(Fixture.wrong(token))))).containsOnlyKeys("X-Request-Id");
    }

    @Test
    void a_version_that_stays_says_nothing_of_going_and_one_past_its_sunset_is_served() {
        assertThat(headers(f.allowed(Ask.with(token).version("2026-01-01"))))
                .containsEntry("Lectern-Version", "2026-01-01")
                .doesNotContainKeys("Deprecation", "Sunset", "Link");
        f.clock.set(Instant.parse("2026-07-01T00:00:00Z"));
        assertThat(headers(f.allowed(Ask.with(token)))).containsEntry("Sunset", "Mon, 01 Jun 2026 00:00:00 GMT");
    }

    @Test
    void without_versions_only_the_dialects_headers_are_added() {
        try (Fixture plain = new Fixture(STRUCTURED)) {
            Decision allowed = plain.allowed(Ask.with(plain.issue()));

            assertThat(plain.auth.headers(allowed)).containsExactlyEntriesOf(STRUCTURED.headers(allowed));
        }
    }
}
