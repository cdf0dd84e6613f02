package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.MutableClock;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.time.Clocks;

/** The headers of a limit with a clock-based count, over several requests. */
class LimitHeadersTest {

    private static final LimitKey KEY = new LimitKey("token", "read");

    private final MutableClock clock = new MutableClock("2026-05-07T13:23:36.001Z");
    private final InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));

    private Map<String, String> taken(LimitHeaders headers, RateLimit limit) {
        return headers.render(RateLimitResult.of(
                "read", store.take(LimitTake.of(KEY, limit), Clocks.of(clock).now())));
    }

    @Test
    void the_policy_is_the_class_and_its_window_ends_where_the_permits_are_back() {
        RateLimit limit = RateLimit.perMinute(3);

        assertThat(taken(LimitHeaders.RATE_LIMIT, limit))
                .containsExactly(
                        entry("RateLimit-Policy", "\"read\";q=3;w=60"), entry("RateLimit", "\"read\";r=2;t=24"));
        clock.advance(Duration.ofMillis(999));
        assertThat(taken(LimitHeaders.RATE_LIMIT, limit)).containsEntry("RateLimit", "\"read\";r=1;t=23");
        clock.set(Instant.parse("2026-05-07T13:23:59.999Z"));
        assertThat(taken(LimitHeaders.RATE_LIMIT, limit)).containsEntry("RateLimit", "\"read\";r=0;t=1");
        clock.set(Instant.parse("2026-05-07T13:24:00Z"));
        assertThat(taken(LimitHeaders.RATE_LIMIT, limit)).containsEntry("RateLimit", "\"read\";r=2;t=60");
    }

    @ParameterizedTest
    @EnumSource(LimitHeaders.class)
    void rate_limit_headers_are_recognized_by_their_name(LimitHeaders headers) {
        assertThat(taken(headers, RateLimit.perMinute(3)).keySet())
                .allMatch(LimitHeaders::isOne)
                .map(name -> name.toUpperCase(Locale.ROOT))
                .allMatch(LimitHeaders::isOne);
        assertThat(List.of("Retry-After", "X-Request-Id", "X-RateLimit", "")).noneMatch(LimitHeaders::isOne);
    }

    @Test
    void reading_a_limit_returns_all_its_permits() {
        LimitStatus looked = store.peek(
                LimitTake.of(KEY, RateLimit.gcra(200, Duration.ofSeconds(60))),
                Clocks.of(clock).now());

        assertThat(LimitHeaders.RATE_LIMIT.render(RateLimitResult.of("read", looked)))
                .containsEntry("RateLimit", "\"read\";r=200;t=1");
    }

    @Test
    void without_permits_the_window_ends_with_retry_after() {
        for (RateLimit limit : new RateLimit[] {
            RateLimit.perMinute(2),
            RateLimit.sliding(2, Duration.ofMinutes(1)),
            RateLimit.gcra(2, Duration.ofMinutes(1))
        }) {
            InMemoryLimitStore fresh = new InMemoryLimitStore(Clocks.of(clock));
            fresh.take(LimitTake.of(KEY, limit), Clocks.of(clock).now());
            clock.advance(Duration.ofMillis(2_500));
            fresh.take(LimitTake.of(KEY, limit), Clocks.of(clock).now());
            LimitStatus refused =
                    fresh.take(LimitTake.of(KEY, limit), Clocks.of(clock).now());
            String retryAfter = Lectern.DIALECT
                    .render(AuthError.limited(Kind.RATE_LIMITED, refused.retryAfter()), "r")
                    .headers()
                    .get("Retry-After");

            assertThat(refused.admitted()).isFalse();
            assertThat(LimitHeaders.RATE_LIMIT.render(RateLimitResult.of("read", refused)))
                    .as(limit.toString())
                    .containsEntry("RateLimit", "\"read\";r=0;t=" + retryAfter);
        }
    }

    @Test
    void a_window_is_announced_in_whole_seconds_rounded_up() {
        assertThat(taken(LimitHeaders.RATE_LIMIT, RateLimit.fixed(5, Duration.ofMillis(1_500))))
                .containsEntry("RateLimit-Policy", "\"read\";q=5;w=2");
        assertThat(taken(LimitHeaders.RATE_LIMIT, RateLimit.fixed(5, Duration.ofMillis(1))))
                .containsEntry("RateLimit-Policy", "\"read\";q=5;w=1");
        assertThat(taken(LimitHeaders.RATE_LIMIT, RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366))))
                .containsEntry("RateLimit-Policy", "\"read\";q=1000000000;w=31622400");
    }

    @Test
    void both_ways_stand_beside_each_other() {
        RateLimitResult limit = RateLimitResult.of(
                "read",
                store.take(
                        LimitTake.of(KEY, RateLimit.perMinute(200)),
                        Clocks.of(clock).now()));
        Map<String, String> joined = new LinkedHashMap<>(LimitHeaders.X_RATE_LIMIT.render(limit));
        joined.putAll(LimitHeaders.RATE_LIMIT.render(limit));

        assertThat(LimitHeaders.BOTH.render(limit))
                .containsExactlyEntriesOf(joined)
                .hasSize(5);
        assertThat(LimitHeaders.X_RATE_LIMIT.render(limit))
                .containsExactly(
                        entry("X-RateLimit-Limit", "200"),
                        entry("X-RateLimit-Remaining", "199"),
                        entry("X-RateLimit-Reset", "2026-05-07T13:24:00Z"));
        assertThat(LimitHeaders.NONE.render(limit)).isEmpty();
    }

    @Test
    void the_announced_end_of_a_window_is_right_whichever_was_announced_before() {
        for (int i = 0; i < 2; i++) {
            assertThat(taken(LimitHeaders.X_RATE_LIMIT, RateLimit.perMinute(200)))
                    .containsEntry("X-RateLimit-Reset", "2026-05-07T13:24:00Z");
            assertThat(taken(LimitHeaders.X_RATE_LIMIT, RateLimit.fixed(5, Duration.ofHours(1))))
                    .containsEntry("X-RateLimit-Reset", "2026-05-07T14:00:00Z");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\"b", "a\\b", "a\nb", "\u007f", "\u00e9"})
    void a_class_that_no_header_can_name_is_refused(String policy) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LimitPlan.unlimited().with(policy, RateLimit.perMinute(1)))
                .withMessageStartingWith("policy must ");
    }

    @Test
    void a_class_may_have_any_other_name() {
        assertThat(LimitPlan.unlimited()
                        .with("bulk import, [v2] ~!#", RateLimit.perMinute(1))
                        .limits())
                .containsOnlyKeys("bulk import, [v2] ~!#");
    }
}
