package school.lectern.auth.spring.boot;

import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.cache.CacheStatus;

/**
 * The health of the cache of tokens, as its last poll of the database left it: a health check queries nothing. It is up while
 * the cache may answer from memory, and down if it may not and the last poll failed. It is unknown before the first poll, and
 * if there is no cache to report about.
 */
final class LecternAuthHealthIndicator implements HealthIndicator {

    private final LecternAuth auth;

    LecternAuthHealthIndicator(LecternAuth auth) {
        this.auth = auth;
    }

    @Override
    public Health health() {
        Optional<CacheStatus> status = auth.cacheStatus();
        return status.isPresent()
                ? health(status.get())
                : Health.unknown().withDetail("cache", "off").build();
    }

    private static Health health(CacheStatus status) {
        Health.Builder health =
                builder(status).withDetail("leaseAge", status.leaseAge().toMillis() + " ms");
        status.changeNumber().ifPresent(number -> health.withDetail("changeNumber", number));
        status.lastError().ifPresent(error -> health.withDetail("lastError", error));
        status.lastErrorAt().ifPresent(at -> health.withDetail("lastErrorAt", at.toString()));
        return health.build();
    }

    private static Health.Builder builder(CacheStatus status) {
        if (status.isLeaseLive()) {
            return Health.up();
        }
        return status.isFailing() ? Health.down() : Health.unknown();
    }
}
