package school.lectern.auth.quickstart;

import java.time.Duration;
import java.util.Map;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LimitMode;
import school.lectern.auth.NewToken;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.LimitValue;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.Storage;

/** The lines of Java of docs/limits.md. {@link LimitGuideTest} compares the two. */
final class LimitExamples {

    private LimitExamples() {}

    static Dialect dialect() {
        LimitPlan plan = LimitPlan.unlimited()
                .with(LimitPlan.READ, RateLimit.perMinute(600))
                .with(LimitPlan.WRITE, RateLimit.gcra(60, Duration.ofMinutes(1)))
                .with("export", RateLimit.sliding(5, Duration.ofHours(1)));
        Dialect dialect = Lectern.DIALECT.toBuilder()
                .limits(plan, LimitHeaders.X_RATE_LIMIT.and(LimitHeaders.RATE_LIMIT_DRAFT_11))
                .build();
        return dialect;
    }

    static LimitPlan faster() {
        LimitPlan faster = Lectern.DIALECT.limits().replacing(LimitPlan.READ, RateLimit.perMinute(1_000));
        return faster;
    }

    static LimitHeaders named() {
        LimitHeaders headers = LimitHeaders.NONE
                .with("X-RateLimit-Limit", LimitValue.LIMIT)
                .with("X-RateLimit-Remaining", LimitValue.REMAINING)
                .with("X-RateLimit-Used", LimitValue.USED)
                .with("X-RateLimit-Resource", LimitValue.POLICY)
                .with("X-RateLimit-Reset", LimitValue.RESET_EPOCH_SECONDS);
        return headers;
    }

    static Dialect several() {
        LimitPlan both = LimitPlan.unlimited()
                .with("requests", RateLimit.perMinute(60))
                .with("daily", RateLimit.fixed(10_000, Duration.ofDays(1)))
                .byDefault("requests", "daily");
        LimitHeaders each = LimitHeaders.NONE
                .with("x-ratelimit-limit-{policy}", LimitValue.LIMIT)
                .with("x-ratelimit-remaining-{policy}", LimitValue.REMAINING)
                .with("x-ratelimit-reset-{policy}", LimitValue.RESET_DURATION);
        return Lectern.DIALECT.toBuilder().limits(both, each).build();
    }

    static RouteRules rules() {
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/v1/learners/{id}", "read:learners")
                .guard("GET", "/v1/export", Requirement.scope("read:learners").policy("export"))
                .build();
        return rules;
    }

    static NewToken withOwnPermits() {
        NewToken settings = NewToken.named("CI").scopes("read:learners").rateLimits(Map.of(LimitPlan.READ, 5_000L));
        return settings;
    }

    static LimitPlan lenient() {
        LimitPlan lenient = LimitPlan.unlimited()
                .with(LimitPlan.READ, RateLimit.perMinute(600).failOpen());
        return lenient;
    }

    static LecternAuth exact(Storage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .limits(LimitMode.EXACT)
                .open();
        return auth;
    }
}
