package school.lectern.auth.spring.boot;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import school.lectern.auth.LimitMode;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;

/**
 * The properties {@code lectern.auth.*}. A setting without a property has a bean of its own or a customizer.
 *
 * @param enabled whether the library is configured at all
 * @param dialect the token system, unless the application has a bean of type {@link Dialect}
 * @param storage where tokens, limits and the audit log are stored, unless the application has a bean of type
 *     {@link school.lectern.auth.spi.Storage}
 * @param jdbc the storage in the application's database
 * @param limits rate limits
 * @param audit the audit log
 * @param cache the cache of tokens
 * @param observations observations of decisions
 * @param defaultLifetime the lifetime of new tokens for which no expiry is set; they never expire unless set
 * @param maxLifetime the longest time from its creation for which a token is accepted; no maximum unless set
 * @param idleTimeout the time without a use after which a token is no longer accepted, at least one hour; any time unless set
 * @param detectReuse whether the line of a token is revoked if the token is used after its bearer has replaced it
 * @param maxLiveTokensPerTenant the maximum number of live tokens of each tenant; no maximum unless set
 * @param maxLiveTokensPerCreator the maximum number of live tokens that each user may have created in a tenant; no maximum
 *     unless set
 * @param expiryNotices how long before its end a token is reported to the {@link school.lectern.auth.spi.AuthListener} bean,
 *     such as 14d and 1d; none unless set
 * @param trustedProxies addresses and CIDR blocks of the proxies whose X-Forwarded-For, X-Forwarded-Proto and Forwarded
 *     headers are trusted
 * @param requireKnownTenants whether tokens of tenants that the {@link school.lectern.auth.spi.TenantDirectory} bean does not
 *     contain are denied; every request then depends on the directory
 * @param requireSecureTransport whether requests over insecure transport are denied, whether their credential is valid or not
 * @param tenantVariable the segment of paths that is a tenant's id: on guarded paths with it, the token must belong to that
 *     tenant
 * @param filter the filter that guards the application, with WebFlux or where Spring Security does not
 * @param routes the rules of routes; the first one that matches a request applies
 * @param management the management API
 * @param security Spring Security
 * @param openapi the OpenAPI description that springdoc generates
 */
@ConfigurationProperties("lectern.auth")
public record LecternAuthProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("lectern") Preset dialect,
        @DefaultValue("jdbc") StorageKind storage,
        @DefaultValue Jdbc jdbc,
        @DefaultValue Limits limits,
        @DefaultValue Audit audit,
        @DefaultValue Cache cache,
        @DefaultValue Observations observations,
        @Nullable Duration defaultLifetime,
        @Nullable Duration maxLifetime,
        @Nullable Duration idleTimeout,
        @DefaultValue("false") boolean detectReuse,
        @Nullable Integer maxLiveTokensPerTenant,
        @Nullable Integer maxLiveTokensPerCreator,
        @DefaultValue List<Duration> expiryNotices,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("false") boolean requireKnownTenants,
        @DefaultValue("false") boolean requireSecureTransport,
        @Nullable String tenantVariable,
        @DefaultValue Filter filter,
        @DefaultValue List<Route> routes,
        @DefaultValue Management management,
        @DefaultValue Security security,
        @DefaultValue OpenApi openapi) {

    static final String MANAGEMENT_PATH = "/api/v1/orgs";

    /** A token system that ships with the library. */
    public enum Preset {
        /** {@link Lectern}. */
        LECTERN,
        /** {@link LearnCoin}. */
        LEARNCOIN,
        /** {@link Teacharium}. */
        TEACHARIUM,
        /** {@link LearnHouse}. */
        LEARNHOUSE;

        Dialect dialect() {
            return switch (this) {
                case LECTERN -> Lectern.DIALECT;
                case LEARNCOIN -> LearnCoin.DIALECT;
                case TEACHARIUM -> Teacharium.DIALECT;
                case LEARNHOUSE -> LearnHouse.DIALECT;
            };
        }
    }

    /** Where tokens, limits and the audit log are stored. */
    public enum StorageKind {
        /** In the application's {@link javax.sql.DataSource}. */
        JDBC,
        /** In memory, for tests and trials: tokens end with the process. */
        MEMORY
    }

    /** When the tables are created and upgraded. */
    public enum SchemaInitialization {
        /** Only in an embedded database in memory. */
        EMBEDDED,
        /** In every database. */
        ALWAYS,
        /** Never: they must exist in the version of the library. */
        NEVER
    }

    /** Which requests of a route need a token. */
    public enum Access {
        /** All of them. */
        GUARD,
        /** None, and no token is read. */
        PERMIT_ALL,
        /** Those that present a token of the dialect; others continue without a principal, for another authenticator. */
        PASS_THROUGH,
        /** All but CORS preflights of the path, which a handler or another filter answers. Guard the path with another rule. */
        PREFLIGHT
    }

    /**
     * The storage in the application's database.
     *
     * @param tablePrefix the beginning of the tables' names
     * @param deadline how long one call waits for the database; shorter than the pool's own timeout
     * @param initializeSchema when the tables are created and upgraded
     * @param auditSettling the time after which a row of the audit log is returned to readers that follow the log; longer than
     *     any transaction that writes rows
     * @param galeraWithOneWriter whether all processes use the same node of a Galera cluster; without it, a node is refused
     */
    public record Jdbc(
            @DefaultValue("lectern_") String tablePrefix,
            @DefaultValue("500ms") Duration deadline,
            @DefaultValue("always") SchemaInitialization initializeSchema,
            @DefaultValue("15s") Duration auditSettling,
            @DefaultValue("false") boolean galeraWithOneWriter) {}

    /**
     * Rate limits.
     *
     * @param mode where they are counted; shared unless set
     */
    public record Limits(@Nullable LimitMode mode) {}

    /**
     * The audit log.
     *
     * @param mode how calls are recorded; buffered unless set
     * @param budget the bounds of the rows for refused calls, in each process
     */
    public record Audit(
            @Nullable AuditMode mode, @DefaultValue Budget budget) {}

    /**
     * The bounds of the audit rows for refused calls. Calls beyond them are counted.
     *
     * @param rowsPerClient how many rows one client without a verified token has in each minute
     * @param maxClients how many such clients are tracked at the same time
     * @param rowsPerToken how many rows one token has in each minute
     * @param maxTokens how many such tokens are tracked at the same time
     * @param endpointLength how many characters of the path of a caller without a verified token are stored
     * @param retentionWithoutTenant how long rows without a tenant are stored
     */
    public record Budget(
            @DefaultValue("60") int rowsPerClient,
            @DefaultValue("10000") int maxClients,
            @DefaultValue("60") int rowsPerToken,
            @DefaultValue("10000") int maxTokens,
            @DefaultValue("256") int endpointLength,
            @DefaultValue("30d") Duration retentionWithoutTenant) {

        AuditBudget asSetting() {
            return AuditBudget.DEFAULT
                    .rowsPerClient(rowsPerClient)
                    .maxClients(maxClients)
                    .rowsPerToken(rowsPerToken)
                    .maxTokens(maxTokens)
                    .endpointLength(endpointLength)
                    .retentionWithoutTenant(retentionWithoutTenant);
        }
    }

    /**
     * The cache of tokens.
     *
     * @param enabled whether tokens are cached; without it, each request reads the storage
     * @param maxTokens the largest number of cached tokens, approximately
     * @param maxSize the largest size of the cached tokens, approximately
     * @param pollEvery how often the changes of other processes are read; well below the length of a lease
     * @param readsAtOnce how many look-ups read the storage at the same time
     */
    public record Cache(
            @DefaultValue("true") boolean enabled,
            @Nullable Long maxTokens,
            @Nullable DataSize maxSize,
            @Nullable Duration pollEvery,
            @Nullable Integer readsAtOnce) {

        boolean isSet() {
            return maxTokens != null || maxSize != null || pollEvery != null || readsAtOnce != null;
        }
    }

    /**
     * Observations of decisions.
     *
     * @param enabled whether each decision is an observation, which makes its timer and, with a tracer, its span
     */
    public record Observations(@DefaultValue("false") boolean enabled) {}

    /**
     * The filter, for servlets or for WebFlux.
     *
     * @param enabled whether the filter guards the application; unless set, it does with WebFlux, or if Spring Security is
     *     absent
     * @param order the order of the filter; no filter that runs after it may change a request's method or path
     */
    public record Filter(
            @Nullable Boolean enabled, @DefaultValue("-101") int order) {}

    /**
     * The rule of a route.
     *
     * @param path the path, relative to the application: {@code {name}} is one segment, {@code **} at the end any number
     * @param methods the methods in capital letters; all unless set
     * @param access which requests need a token
     * @param scope the scopes that a token needs; none if any valid token is sufficient
     * @param anyScope further scopes, of which a token needs at least one; none unless set
     * @param policy the limit policies that count the requests, in place of the dialect's choice by the method
     * @param environment the name of the environment that a token must be of; any unless set
     * @param unlimited whether no rate limit counts the requests; needed if the dialect has limits, but none for a method of
     *     the route
     */
    public record Route(
            String path,
            @DefaultValue("*") List<String> methods,
            @DefaultValue("guard") Access access,
            @DefaultValue List<String> scope,
            @DefaultValue List<String> anyScope,
            @DefaultValue List<String> policy,
            @Nullable String environment,
            @DefaultValue("false") boolean unlimited) {}

    /**
     * The management API.
     *
     * @param enabled whether it is served, if the application has beans of {@link school.lectern.auth.spi.ManagementAuthority}
     *     and {@link school.lectern.auth.spi.TenantDirectory}
     * @param path the beginning of its paths
     */
    public record Management(
            @DefaultValue("true") boolean enabled,
            @DefaultValue(MANAGEMENT_PATH) String path) {}

    /**
     * Spring Security.
     *
     * @param authorityPrefix the prefix that makes a scope a granted authority
     */
    public record Security(@DefaultValue("SCOPE_") String authorityPrefix) {}

    /**
     * The OpenAPI description that springdoc generates.
     *
     * @param enabled whether the security scheme, and the responses to denied requests, are added to it
     */
    public record OpenApi(@DefaultValue("true") boolean enabled) {}
}
