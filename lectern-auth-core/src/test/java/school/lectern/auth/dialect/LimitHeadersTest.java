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
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    private static Map<String, String> render(LimitHeaders headers, RateLimitResult... limits) {
        return headers.render(List.of(limits));
    }

    private Map<String, String> taken(LimitHeaders headers, RateLimit limit) {
        return render(
                headers,
                RateLimitResult.of(
                        "read",
                        store.take(LimitTake.of(KEY, limit), Clocks.of(clock).now())));
    }

    @Test
    void the_policy_is_the_class_and_its_window_ends_where_the_permits_are_back() {
        RateLimit limit = RateLimit.perMinute(3);

        assertThat(taken(LimitHeaders.RATE_LIMIT_DRAFT_11, limit))
                .containsExactly(
                        entry("RateLimit-Policy", "\"read\";q=3;w=60"), entry("RateLimit", "\"read\";r=2;t=24"));
        clock.advance(Duration.ofMillis(999));
        assertThat(taken(LimitHeaders.RATE_LIMIT_DRAFT_11, limit)).containsEntry("RateLimit", "\"read\";r=1;t=23");
        clock.set(Instant.parse("2026-05-07T13:23:59.999Z"));
        assertThat(taken(LimitHeaders.RATE_LIMIT_DRAFT_11, limit)).containsEntry("RateLimit", "\"read\";r=0;t=1");
        clock.set(Instant.parse("2026-05-07T13:24:00Z"));
        assertThat(taken(LimitHeaders.RATE_LIMIT_DRAFT_11, limit)).containsEntry("RateLimit", "\"read\";r=2;t=60");
    }

    @Test
    void rate_limit_headers_are_recognized_by_their_name() {
        LimitHeaders own = LimitHeaders.NONE.with("Quota-{policy}", LimitValue.USED);
        Dialect dialect = Lectern.DIALECT.toBuilder()
                .limits(LimitPlan.unlimited().with("read", RateLimit.perMinute(3)), own)
                .build();
        Stream.of(LimitHeaders.X_RATE_LIMIT, LimitHeaders.RATE_LIMIT_DRAFT_11, own)
                .flatMap(headers -> taken(headers, RateLimit.perMinute(9)).keySet().stream())
                .forEach(name -> assertThat(List.of(name, name.toUpperCase(Locale.ROOT), name.toLowerCase(Locale.ROOT)))
                        .allMatch(dialect::isLimitHeader));
        assertThat(dialect.limitValue("QUOTA-READ")).contains(LimitValue.USED);
        assertThat(dialect.limitValue("X-RateLimit-Limit")).isEmpty();
        assertThat(List.of("Retry-After", "X-Request-Id", "X-RateLimit", "Quota-write", "Quota-", ""))
                .noneMatch(dialect::isLimitHeader);
    }

    @Test
    void reading_a_limit_returns_all_its_permits() {
        LimitStatus looked = store.peek(
                LimitTake.of(KEY, RateLimit.gcra(200, Duration.ofSeconds(60))),
                Clocks.of(clock).now());

        assertThat(render(LimitHeaders.RATE_LIMIT_DRAFT_11, RateLimitResult.of("read", looked)))
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
            assertThat(render(LimitHeaders.RATE_LIMIT_DRAFT_11, RateLimitResult.of("read", refused)))
                    .as(limit.toString())
                    .containsEntry("RateLimit", "\"read\";r=0;t=" + retryAfter);
        }
    }

    @Test
    void a_window_is_announced_in_whole_seconds_rounded_up() {
        assertThat(taken(LimitHeaders.RATE_LIMIT_DRAFT_11, RateLimit.fixed(5, Duration.ofMillis(1_500))))
                .containsEntry("RateLimit-Policy", "\"read\";q=5;w=2");
        assertThat(taken(LimitHeaders.RATE_LIMIT_DRAFT_11, RateLimit.fixed(5, Duration.ofMillis(1))))
                .containsEntry("RateLimit-Policy", "\"read\";q=5;w=1");
        assertThat(taken(
                        LimitHeaders.RATE_LIMIT_DRAFT_11, RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366))))
                .containsEntry("RateLimit-Policy", "\"read\";q=1000000000;w=31622400");
    }

    @Test
    void both_ways_stand_beside_each_other() {
        RateLimitResult limit = RateLimitResult.of(
                "read",
                store.take(
                        LimitTake.of(KEY, RateLimit.perMinute(200)),
                        Clocks.of(clock).now()));
        Map<String, String> joined = new LinkedHashMap<>(render(LimitHeaders.X_RATE_LIMIT, limit));
        joined.putAll(render(LimitHeaders.RATE_LIMIT_DRAFT_11, limit));

        assertThat(render(LimitHeaders.X_RATE_LIMIT.and(LimitHeaders.RATE_LIMIT_DRAFT_11), limit))
                .containsExactlyEntriesOf(joined)
                .hasSize(5);
        assertThat(render(LimitHeaders.X_RATE_LIMIT, limit))
                .containsExactly(
                        entry("X-RateLimit-Limit", "200"),
                        entry("X-RateLimit-Remaining", "199"),
                        entry("X-RateLimit-Reset", "2026-05-07T13:24:00Z"));
        assertThat(render(LimitHeaders.NONE, limit)).isEmpty();
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

    // Names and values as data

    /** Returns a result whose limit resets at 13:24:00 and the given milliseconds. */
    private static RateLimitResult result(
            String policy, boolean admitted, long limit, long remaining, long untilReset, long retry) {
        long reset = Instant.parse("2026-05-07T13:24:00.123Z").toEpochMilli();
        return RateLimitResult.of(
                policy, LimitStatus.of(admitted, limit, remaining, reset, retry, 60_000, reset - untilReset));
    }

    private static String value(LimitValue value, long untilReset) {
        return render(LimitHeaders.NONE.with("A", value), result("read", true, 60, 12, untilReset, 0))
                .get("A");
    }

    @Test
    void a_header_has_the_value_that_its_name_was_given() {
        assertThat(value(LimitValue.LIMIT, 1)).isEqualTo("60");
        assertThat(value(LimitValue.REMAINING, 1)).isEqualTo("12");
        assertThat(value(LimitValue.USED, 1)).isEqualTo("48");
        assertThat(value(LimitValue.USED_OF_LIMIT, 1)).isEqualTo("48/60");
        assertThat(value(LimitValue.WINDOW_SECONDS, 1)).isEqualTo("60");
        assertThat(value(LimitValue.POLICY, 1)).isEqualTo("read");
        assertThat(value(LimitValue.RESET_TIME, 1)).isEqualTo("2026-05-07T13:24:01Z");
        assertThat(value(LimitValue.RESET_EPOCH_SECONDS, 1)).isEqualTo("1778160241");
        assertThat(value(LimitValue.RESET_EPOCH_FRACTION, 1)).isEqualTo("1778160240.123");
        assertThat(value(LimitValue.RESET_EPOCH_MILLIS, 1)).isEqualTo("1778160240123");
        assertThat(value(LimitValue.POLICY_DRAFT_11, 1)).isEqualTo("\"read\";q=60;w=60");
        assertThat(value(LimitValue.STATE_DRAFT_11, 1_001)).isEqualTo("\"read\";r=12;t=2");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0.000, 0s",
        "1, 1, 0.001, 1ms",
        "20, 1, 0.020, 20ms",
        "120, 1, 0.120, 120ms",
        "1000, 1, 1.000, 1s",
        "7660, 8, 7.660, 7.66s",
        "60000, 60, 60.000, 1m0s",
        "60500, 61, 60.500, 1m0.5s",
        "360000, 360, 360.000, 6m0s",
        "3600000, 3600, 3600.000, 1h0m0s",
        "90061007, 90062, 90061.007, 25h1m1.007s"
    })
    void the_time_until_the_reset_has_three_forms(long millis, String seconds, String fraction, String duration) {
        assertThat(value(LimitValue.RESET_SECONDS, millis)).isEqualTo(seconds);
        assertThat(value(LimitValue.RESET_SECONDS_FRACTION, millis)).isEqualTo(fraction);
        assertThat(value(LimitValue.RESET_DURATION, millis)).isEqualTo(duration);
    }

    private static final LimitHeaders EACH = LimitHeaders.NONE
            .with("x-limit-{policy}", LimitValue.LIMIT)
            .with("x-one", LimitValue.POLICY)
            .and(LimitHeaders.RATE_LIMIT_DRAFT_11);

    @Test
    void several_limits_are_reported_by_name_as_a_list_or_by_the_one_that_is_used_up_most() {
        RateLimitResult requests = result("requests", true, 60, 30, 1_000, 0);
        RateLimitResult tokens = result("tokens", true, 1_000_000_000, 499_999_999, 2_000, 0);

        assertThat(render(EACH, requests, tokens))
                .containsExactly(
                        entry("x-limit-requests", "60"),
                        entry("x-limit-tokens", "1000000000"),
                        entry("x-one", "tokens"),
                        entry("RateLimit-Policy", "\"requests\";q=60;w=60, \"tokens\";q=1000000000;w=60"),
                        entry("RateLimit", "\"requests\";r=30;t=1, \"tokens\";r=499999999;t=2"));
        assertThat(render(EACH, tokens, requests)).containsEntry("x-one", "tokens");
        assertThat(EACH.render(List.of())).isEmpty();
    }

    @Test
    void a_limit_that_refuses_is_reported_before_others_and_the_longest_wait_first() {
        RateLimitResult open = result("open", true, 60, 0, 1_000, 0);
        RateLimitResult soon = result("soon", false, 60, 0, 1_000, 10);
        RateLimitResult late = result("late", false, 60, 30, 1_000, 20);

        assertThat(render(EACH, open, soon, late)).containsEntry("x-one", "late");
        assertThat(render(EACH, late, soon, open)).containsEntry("x-one", "late");
        assertThat(render(EACH, open, soon)).containsEntry("x-one", "soon");
        assertThat(render(EACH, soon, open)).containsEntry("x-one", "soon");
    }

    private static void isRefused(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    @Test
    void names_that_cannot_be_sent_or_have_two_values_are_refused() {
        LimitPlan plan = LimitPlan.unlimited().with("bulk import", RateLimit.perMinute(1));

        isRefused(() -> LimitHeaders.NONE.with("a b", LimitValue.LIMIT), "name must be a header name");
        isRefused(() -> LimitHeaders.NONE.with("a-{name}", LimitValue.LIMIT), "only {policy} may be in braces");
        isRefused(() -> LimitHeaders.NONE.with("", LimitValue.LIMIT), "name must be a header name");
        isRefused(() -> LimitHeaders.X_RATE_LIMIT.with("x-ratelimit-limit", LimitValue.USED), "must have one value");
        isRefused(() -> LimitHeaders.X_RATE_LIMIT.and(LimitHeaders.X_RATE_LIMIT), "must have one value");
        isRefused(
                () -> Lectern.DIALECT.toBuilder().limits(plan, EACH).build(),
                "policy must be a part of the header name x-limit-{policy}");
        isRefused(
                () -> Lectern.DIALECT.toBuilder()
                        .limits(
                                LimitPlan.unlimited().with("a", RateLimit.perMinute(1)),
                                LimitHeaders.NONE.with("x-a", LimitValue.LIMIT).with("x-{policy}", LimitValue.LIMIT))
                        .build(),
                "limit headers must have different names, but x-a has two values");
    }

    // Plans

    @Test
    void a_policy_has_one_limit_unless_it_is_replaced() {
        RateLimit one = RateLimit.perMinute(1);
        LimitPlan plan = LimitPlan.unlimited().with("read", one);

        isRefused(() -> plan.with("read", RateLimit.perMinute(2)), "policy read must have one limit, but has");
        isRefused(() -> plan.replacing("write", one), "policy write must be one of [read] to be replaced");
        assertThat(plan.replacing("read", RateLimit.perMinute(2)).limits())
                .isEqualTo(Map.of("read", RateLimit.perMinute(2)));
    }

    @Test
    void a_request_without_a_policy_has_the_policies_of_its_method_or_the_default_ones() {
        RateLimit one = RateLimit.perMinute(1);
        LimitPlan plan = LimitPlan.unlimited().with("requests", one).with("tokens", one);

        assertThat(plan.policies("GET")).containsExactly("read");
        assertThat(plan.policies("HEAD")).containsExactly("read");
        assertThat(plan.policies("POST")).containsExactly("write");
        LimitPlan both = plan.byDefault("requests", "tokens");
        assertThat(both.policies("GET")).containsExactly("requests", "tokens");
        assertThat(both.with("bulk", one).policies("POST")).containsExactly("requests", "tokens");
        isRefused(() -> both.byDefault("tokens"), "byDefault must be called once");
        isRefused(() -> plan.byDefault(), "byDefault must have different policies");
        isRefused(() -> plan.byDefault("tokens", "tokens"), "byDefault must have different policies");
        isRefused(() -> plan.byDefault("read"), "byDefault must have different policies");
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
