package school.lectern.auth;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.background.AuditPurge;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.cache.CachingTokenStoreBuilder;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.tenant.Tenants;
import school.lectern.auth.time.Clocks;

/**
 * Opens the settings of a builder: the storage and the cache of its tokens, and the defaults of the settings that were not set.
 */
final class Opening {

    private static final Retention DEFAULT_RETENTION = Retention.of(Duration.ofDays(90));

    private final LecternAuthBuilder settings;
    private final AuthMetrics metrics;
    private final @Nullable OpenStorage storage;
    private final TokenStore tokens;
    private final LimitStore limits;

    /** @param resources receives the opened resources, to be closed with the library */
    Opening(LecternAuthBuilder settings, Resources resources) {
        this.settings = settings;
        this.metrics = ContainedMetrics.of(settings.metrics);
        this.storage = settings.storage == null
                ? settings.openStorage
                : resources.add(
                        settings.storage.open(StorageContext.of(settings.clocks).withMetrics(metrics)));
        if (storage != null) {
            requireSame(storage.clocks(), "storage");
        }
        this.tokens = settings.tokens == null ? tokensOf(requireNonNull(storage), resources) : settings.tokens;
        tokens.clocks().ifPresent(other -> requireSame(other, "tokens"));
        this.limits = settings.limits == null ? limitsOf(storage) : settings.limits;
        limits.clocks().ifPresent(other -> requireSame(other, "limits"));
    }

    private TokenStore tokensOf(OpenStorage open, Resources resources) {
        TokenStore stored = open.tokens();
        boolean isCached = open.isShared() && stored.clocks().isEmpty() && !settings.withoutCache;
        return isCached ? resources.add(cacheOf(stored)) : stored;
    }

    private LimitStore limitsOf(@Nullable OpenStorage open) {
        if (open == null || settings.limitMode == LimitMode.LOCAL) {
            return new InMemoryLimitStore(settings.clocks);
        }
        return settings.limitMode == LimitMode.EXACT ? open.exactLimits() : open.limits();
    }

    private CachingTokenStore cacheOf(TokenStore stored) {
        LecternAuthBuilder.require(
                stored.changes().isPresent(),
                "cache: the storage's tokens have no ChangeFeed (TokenStore.changes() is empty), so they cannot be cached;"
                        + " set withoutCache()");
        CachingTokenStoreBuilder cache = CachingTokenStore.builder(stored);
        if (settings.cache != null) {
            settings.cache.accept(cache);
        }
        return cache.clocks(settings.clocks).metrics(metrics).open();
    }

    /**
     * Requires the clocks of the builder: a decision that relies on a lease must be made by the clocks that measure the lease.
     */
    private void requireSame(Clocks other, String setting) {
        LecternAuthBuilder.require(
                other.equals(settings.clocks),
                "clocks: " + setting
                        + " was opened with other clocks than these; open both with the same Clocks, by clocks(...)");
    }

    /** {@return the tokens: a cache of the storage's tokens, or the store that was set} */
    TokenStore tokens() {
        return tokens;
    }

    /** {@return the metrics of the application; their failures are contained} */
    AuthMetrics metrics() {
        return metrics;
    }

    LimitStore limits() {
        return limits;
    }

    AuditMode auditMode() {
        if (settings.auditMode != null) {
            return settings.auditMode;
        }
        return storage == null ? AuditMode.OFF : AuditMode.BUFFERED;
    }

    /** {@return the log, or empty if neither a storage nor a log was set} */
    Optional<AuditLog> audit() {
        return Optional.ofNullable(settings.audit != null || storage == null ? settings.audit : storage.audit());
    }

    Tenants tenants() {
        return new Tenants(settings.tenants, settings.requireKnownTenants, settings.clocks);
    }

    AuditPurge purge(AuditLog log) {
        return new AuditPurge(
                log,
                settings.dialect.retention().orElse(DEFAULT_RETENTION),
                settings.auditBudget.retentionWithoutTenant(),
                settings.tenants == null ? id -> Optional.empty() : settings.tenants,
                settings.clocks.wall());
    }
}
