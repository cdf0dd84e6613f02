package school.lectern.auth;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.cache.CachingTokenStoreBuilder;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.setting.SetOnce;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LiveTokenLimits;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.version.VersionPolicy;

/**
 * Configures a {@link LecternAuth}. If only a {@link #storage} is set, the tokens of a shared storage are cached, limits are
 * counted for all processes together, and calls are recorded in the storage's audit log, buffered. Rows of that log, including
 * the rows of changes, are deleted after the time that the dialect's {@link Retention} defines, otherwise after 90 days; with
 * {@link AuditMode#OFF}, no row is deleted. Each setting may be set once; {@link #defaults} sets values that a later or earlier
 * call replaces. Not thread-safe.
 */
public final class LecternAuthBuilder {

    // Read by Opening and LecternAuth.
    final Dialect dialect;

    @Nullable
    Storage storage;

    @Nullable
    OpenStorage openStorage;

    @Nullable
    TokenStore tokens;

    @Nullable
    Consumer<CachingTokenStoreBuilder> cache;

    boolean withoutCache;

    @Nullable
    LimitStore limits;

    @Nullable
    LimitMode limitMode;

    @Nullable
    AuditLog audit;

    @Nullable
    AuditMode auditMode;

    AuditBudget auditBudget = AuditBudget.DEFAULT;

    @Nullable
    TenantDirectory tenants;

    boolean requireKnownTenants;
    boolean requireSecureTransport;

    @Nullable
    VersionPolicy versions;

    @Nullable
    AuthListener listener;

    @Nullable
    Duration defaultLifetime;

    @Nullable
    Duration maxLifetime;

    @Nullable
    Duration idleTimeout;

    boolean detectReuse;

    @Nullable
    private Integer maxLiveTokensPerTenant;

    @Nullable
    private Integer maxLiveTokensPerCreator;

    List<Duration> expiryNotices = List.of();
    AuthMetrics metrics = AuthMetrics.NONE;
    TokenHasher hasher = new TokenHasher();
    Clocks clocks = Clocks.system();
    SecureRandom random = new SecureRandom();

    private static final Duration LONGEST_NOTICE = Duration.ofDays(36_500);

    private final SetOnce set = new SetOnce();

    LecternAuthBuilder(Dialect dialect) {
        this.dialect = Objects.requireNonNull(dialect, "dialect");
    }

    /**
     * Sets defaults: each applies unless the setting is also set outside this method, before or after. For code that configures
     * the builder from two sources, such as a framework from its properties and from the application's own code.
     *
     * @param settings sets the defaults on this builder; called immediately. If it sets a setting twice, the later call applies
     * @return this builder
     */
    public LecternAuthBuilder defaults(Consumer<LecternAuthBuilder> settings) {
        return set.defaults(this, settings);
    }

    /**
     * Sets the storage of tokens, limits and the audit log. {@link #open} opens it with the clocks and the metrics of this
     * builder; closing the {@code LecternAuth} closes it.
     *
     * @param value the configuration of the storage
     * @return this builder
     */
    public LecternAuthBuilder storage(Storage value) {
        if (set.applies("storage")) {
            this.storage = Objects.requireNonNull(value, "storage");
            this.openStorage = null;
        }
        return this;
    }

    /**
     * Sets a storage that is already open, and that other objects may also use. It is not closed with the {@code LecternAuth};
     * close it afterward.
     *
     * @param value the open storage; it must have been opened with the clocks of this builder
     * @return this builder
     */
    public LecternAuthBuilder storage(OpenStorage value) {
        if (set.applies("storage")) {
            this.openStorage = Objects.requireNonNull(value, "storage");
            this.storage = null;
        }
        return this;
    }

    /**
     * Sets a token store that is used directly, in place of the storage's tokens and their cache. To cache it, wrap it in a
     * {@link CachingTokenStore}. It is not closed with the {@code LecternAuth}.
     *
     * @param value the store; if it has {@linkplain TokenStore#clocks clocks}, they must be the clocks of this builder
     * @return this builder
     */
    public LecternAuthBuilder tokens(TokenStore value) {
        if (set.applies("tokens")) {
            this.tokens = Objects.requireNonNull(value, "tokens");
        }
        return this;
    }

    /**
     * Configures the cache of the tokens of a shared storage, for example {@code cache(c -> c.maxTokens(10_000))}. The cache
     * gets the clocks and the metrics of this builder. A further call adds its settings to those of the earlier calls.
     *
     * @param settings configures the builder of the cache; called by {@link #open}
     * @return this builder
     */
    public LecternAuthBuilder cache(Consumer<CachingTokenStoreBuilder> settings) {
        Objects.requireNonNull(settings, "settings");
        if (set.areDefaults() && set.isSet("cache") && withoutCache) {
            return this;
        }
        Consumer<CachingTokenStoreBuilder> added = set.areDefaults() ? cache -> cache.defaults(settings) : settings;
        this.cache = cache == null ? added : cache.andThen(added);
        this.withoutCache = false;
        return this;
    }

    /**
     * Disables the cache: each request looks its token up in the storage, with one query. Default: the tokens of a shared
     * storage are cached.
     *
     * @return this builder
     */
    public LecternAuthBuilder withoutCache() {
        if (set.applies("cache")) {
            this.withoutCache = true;
            this.cache = null;
        }
        return this;
    }

    /**
     * Sets where the permits of rate limits are counted. Default: {@link LimitMode#SHARED}.
     *
     * @param mode the place of the counters
     * @return this builder
     */
    public LecternAuthBuilder limits(LimitMode mode) {
        if (set.applies("limits")) {
            this.limitMode = Objects.requireNonNull(mode, "limits");
            this.limits = null;
        }
        return this;
    }

    /**
     * Sets the store that counts the permits of rate limits, in place of the storage's. It is not closed with the
     * {@code LecternAuth}. Without a storage, the default counts in the memory of the process.
     *
     * @param store the store; if it has {@linkplain LimitStore#clocks clocks}, they must be the clocks of this builder
     * @return this builder
     */
    public LecternAuthBuilder limits(LimitStore store) {
        if (set.applies("limits")) {
            this.limits = Objects.requireNonNull(store, "limits");
            this.limitMode = null;
        }
        return this;
    }

    /**
     * Sets how calls are recorded in the storage's audit log. Changes to tokens are always recorded, together with the change.
     * Default: {@link AuditMode#BUFFERED}.
     *
     * @param mode how calls are recorded
     * @return this builder
     */
    public LecternAuthBuilder audit(AuditMode mode) {
        if (set.applies("audit")) {
            this.auditMode = Objects.requireNonNull(mode, "audit");
            this.audit = null;
        }
        return this;
    }

    /**
     * Sets the log in which calls are recorded, in place of the storage's, and how they are recorded. Its old rows are deleted
     * like the rows of the storage's log. It is not closed with the {@code LecternAuth}.
     *
     * @param log the log for calls
     * @param mode how calls are recorded
     * @return this builder
     */
    public LecternAuthBuilder audit(AuditLog log, AuditMode mode) {
        if (set.applies("audit")) {
            this.audit = Objects.requireNonNull(log, "audit");
            this.auditMode = Objects.requireNonNull(mode, "mode");
        }
        return this;
    }

    /**
     * Bounds the number of audit rows for refused calls. Default: {@link AuditBudget#DEFAULT}.
     *
     * @param budget the bounds
     * @return this builder
     */
    public LecternAuthBuilder auditBudget(AuditBudget budget) {
        if (set.applies("auditBudget")) {
            this.auditBudget = Objects.requireNonNull(budget, "auditBudget");
        }
        return this;
    }

    /**
     * Sets the directory of tenants. It is required if requests have versions, because a request that pins no version gets the
     * version of its tenant. If the directory does not contain the tenant of a token, the token is denied whenever the
     * directory is called: for a request that pins no version, and with {@link #requireKnownTenants} for every request.
     *
     * @param directory the application's tenants
     * @return this builder
     */
    public LecternAuthBuilder tenants(TenantDirectory directory) {
        if (set.applies("tenants")) {
            this.tenants = Objects.requireNonNull(directory, "tenants");
        }
        return this;
    }

    /**
     * Denies the tokens of tenants that the {@link #tenants directory} does not contain, like the tokens of a tenant that was
     * {@linkplain TenantOperations#markGone marked as gone}. Off by default, because every request then depends on the
     * directory. A result of the directory is used for 60 seconds, or for one second if the tenant is unknown, for at most
     * 10,000 tenants. Without such a result, the directory is called, and has 500 ms; if it fails or is late, the request gets
     * the dialect's server error, never a 401. A tenant that was removed from the directory is denied within 60 seconds; to end
     * it at a confirmed instant, mark it as gone.
     *
     * @return this builder
     */
    public LecternAuthBuilder requireKnownTenants() {
        this.requireKnownTenants = true;
        return this;
    }

    /**
     * Denies requests over insecure transport with {@link Kind#INSECURE_TRANSPORT}, a 403, whether their credential is valid or
     * not, before anything is looked up. Off by default. The {@linkplain #listener listener} is notified of the tokens that
     * such requests contain, which others could read. A request without a credential is denied like one with a credential,
     * because the challenge of a 401 would invite the client to send one. On open and pass-through routes, only requests
     * with a token of the dialect are denied.
     *
     * <p>Behind a proxy that ends TLS, requests are insecure unless the proxy is one of the {@code TrustedProxies} and
     * reports the protocol.
     *
     * @return this builder
     */
    public LecternAuthBuilder requireSecureTransport() {
        this.requireSecureTransport = true;
        return this;
    }

    /**
     * Sets the released versions of the API. Default: requests have no version.
     *
     * @param policy the versions; requires {@link #tenants}, and a dialect with a version header
     * @return this builder
     */
    public LecternAuthBuilder versions(VersionPolicy policy) {
        if (set.applies("versions")) {
            this.versions = Objects.requireNonNull(policy, "versions");
        }
        return this;
    }

    /**
     * Sets the listener for token lifecycle events. Default: none.
     *
     * @param value the listener
     * @return this builder
     */
    public LecternAuthBuilder listener(AuthListener value) {
        if (set.applies("listener")) {
            this.listener = Objects.requireNonNull(value, "listener");
        }
        return this;
    }

    /**
     * Sets the lifetime of new tokens for which neither an expiry is set nor {@link NewToken#neverExpires}. It is stored as the
     * expiry of the token. Default: such tokens never expire.
     *
     * @param lifetime the time from the creation to the expiry; at least 1 ms, in whole milliseconds
     * @return this builder
     * @throws IllegalArgumentException if the time is shorter, or not in whole milliseconds
     */
    public LecternAuthBuilder defaultLifetime(Duration lifetime) {
        if (set.applies("defaultLifetime")) {
            this.defaultLifetime = lifetime("defaultLifetime", lifetime);
        }
        return this;
    }

    /**
     * Sets the longest time from its creation for which a token is accepted: it is expired at the earlier of its own end and
     * its creation plus this time. Applied at each use, so a shorter time applies to existing tokens immediately, and a longer
     * one lets them be accepted again. It binds each process for as long as the process has this setting. An expiry that is set
     * later is refused. Default: no maximum.
     *
     * @param lifetime the time; at least 1 ms, in whole milliseconds
     * @return this builder
     * @throws IllegalArgumentException if the time is shorter, or not in whole milliseconds
     */
    public LecternAuthBuilder maxLifetime(Duration lifetime) {
        if (set.applies("maxLifetime")) {
            this.maxLifetime = lifetime("maxLifetime", lifetime);
        }
        return this;
    }

    /**
     * Sets the time without a use after which a token is no longer accepted. It counts from the latest of the creation, the
     * last enabling and the last use. Each use is stored with an error of about a minute; three minutes are added, so that
     * the error is always in the token's favor. Like the maximum lifetime, it is applied at each use, and binds each process
     * for as long as the process has this setting. Disabling and enabling an idle token lets it be accepted again. Default:
     * tokens that are not used are accepted indefinitely.
     *
     * @param unused the time; at least 1 hour, in whole milliseconds
     * @return this builder
     * @throws IllegalArgumentException if the time is shorter, or not in whole milliseconds
     */
    public LecternAuthBuilder idleTimeout(Duration unused) {
        if (set.applies("idleTimeout")) {
            require(
                    unused.compareTo(Duration.ofHours(1)) >= 0 && unused.toNanosPart() % 1_000_000 == 0,
                    "idleTimeout must be at least 1 hour, in whole milliseconds, was " + unused
                            + ": the last use of a token is stored with an error of minutes");
            this.idleTimeout = unused;
        }
        return this;
    }

    /**
     * Sets the maximum number of live tokens of each tenant. A token is live if it is neither revoked nor expired by its stored
     * fields; a {@link #maxLifetime} is not considered. Disabled tokens and tokens that are not valid yet are live. During a
     * rotation, the two live tokens of a line count as one; each further one counts. A creation, an import, a rotation, or a
     * later expiry of an expired token is refused with {@link school.lectern.auth.decision.AuthError.Kind#TOO_MANY_TOKENS} if
     * it would exceed the maximum. Concurrent operations of all processes with this setting do not exceed it either. Existing
     * tokens stay if it is lowered. Default: no maximum.
     *
     * @param max the maximum, at least 1
     * @return this builder
     * @throws IllegalArgumentException if the maximum is less than 1
     */
    public LecternAuthBuilder maxLiveTokensPerTenant(int max) {
        require(max >= 1, "maxLiveTokensPerTenant must be at least 1, was " + max);
        if (set.applies("maxLiveTokensPerTenant")) {
            this.maxLiveTokensPerTenant = max;
        }
        return this;
    }

    /**
     * Sets the maximum number of live tokens that each user may have created in a tenant, counted as for
     * {@link #maxLiveTokensPerTenant}. A successor counts for the user who rotated. Tokens that the application itself issued
     * have no creator, and count for their tenant alone. Default: no maximum.
     *
     * @param max the maximum, at least 1
     * @return this builder
     * @throws IllegalArgumentException if the maximum is less than 1
     */
    public LecternAuthBuilder maxLiveTokensPerCreator(int max) {
        require(max >= 1, "maxLiveTokensPerCreator must be at least 1, was " + max);
        if (set.applies("maxLiveTokensPerCreator")) {
            this.maxLiveTokensPerCreator = max;
        }
        return this;
    }

    LiveTokenLimits liveTokens() {
        return new LiveTokenLimits(maxLiveTokensPerTenant, maxLiveTokensPerCreator);
    }

    private static Duration lifetime(String setting, Duration value) {
        require(
                value.compareTo(Duration.ofMillis(1)) >= 0 && value.toNanosPart() % 1_000_000 == 0,
                setting + " must be at least 1 ms, in whole milliseconds, was " + value);
        return value;
    }

    /**
     * Revokes a whole line of rotations if a token of the line is used although its bearer has
     * {@linkplain LecternAuth#rotateSelf replaced} it, and its grace period is over: two parties have the token, and one of
     * them may have stolen it. Rotations by an operator or by the application do not count, nor does a use within the grace
     * period. Off by default, because a client that repeats an old request then loses its successor, too: let the grace
     * period be longer than clients repeat requests, and than the clocks of processes differ.
     *
     * <p>The line is revoked as by {@link TokenOperations#revokeAll()}, before the use is answered, and the answer is that of a
     * token whose grace period is over. If the storage fails, the answer is the dialect's server error, and the next such use
     * tries again. Binds each process for as long as the process has this setting.
     *
     * @return this builder
     */
    public LecternAuthBuilder detectReuse() {
        this.detectReuse = true;
        return this;
    }

    /**
     * Notifies the listener of each token that will end soon: once for each of the times before its end, by one of the
     * processes that share the storage. Use the same times in all of them. Default: no notices.
     *
     * @param ahead the times before the end of a token; each at least 1 ms and at most 36,500 days, in whole milliseconds
     * @return this builder
     * @throws IllegalArgumentException if there is no time, or one of them is out of its range
     * @see AuthListener#expiring
     */
    public LecternAuthBuilder expiryNotices(Duration... ahead) {
        require(ahead.length > 0, "expiryNotices must name at least one time before the end of a token, was empty");
        for (Duration each : ahead) {
            lifetime("expiryNotices", each);
            require(
                    each.compareTo(LONGEST_NOTICE) <= 0,
                    "expiryNotices must be at most " + LONGEST_NOTICE.toDays() + " days, was " + each);
        }
        if (set.applies("expiryNotices")) {
            this.expiryNotices = List.of(ahead);
        }
        return this;
    }

    /**
     * Sets the metrics, which count and measure decisions, permits, changes of tokens, and the work of the cache and of the
     * audit log. A storage that is already open, and a cache of your own, report to the metrics that they were opened with.
     * Default: nothing is counted.
     *
     * @param value the metrics
     * @return this builder
     */
    public LecternAuthBuilder metrics(AuthMetrics value) {
        if (set.applies("metrics")) {
            this.metrics = Objects.requireNonNull(value, "metrics");
        }
        return this;
    }

    /**
     * Sets how secrets are hashed, and which stored hashes are accepted. Default: SHA-256 alone.
     *
     * @param value the hasher
     * @return this builder
     */
    public LecternAuthBuilder hasher(TokenHasher value) {
        if (set.applies("hasher")) {
            this.hasher = Objects.requireNonNull(value, "hasher");
        }
        return this;
    }

    /**
     * Sets the wall clock. The monotonic clock is the system's. Default: the system's.
     *
     * @param wall the wall clock
     * @return this builder
     */
    public LecternAuthBuilder clock(Clock wall) {
        return clocks(Clocks.of(wall));
    }

    /**
     * Sets both clocks. Default: the system's.
     *
     * @param value the wall clock and the monotonic clock
     * @return this builder
     */
    public LecternAuthBuilder clocks(Clocks value) {
        if (set.applies("clocks")) {
            this.clocks = Objects.requireNonNull(value, "clocks");
        }
        return this;
    }

    /**
     * Sets the source of randomness. Default: the system's.
     *
     * @param source the source of secrets and ids
     * @return this builder
     */
    public LecternAuthBuilder random(SecureRandom source) {
        if (set.applies("random")) {
            this.random = Objects.requireNonNull(source, "random");
        }
        return this;
    }

    /**
     * Opens the storage, and starts the background tasks.
     *
     * @return the open library; close it when the application stops
     * @throws IllegalArgumentException if a required setting is missing, or settings contradict each other; the message names
     *     them
     * @throws StorageException if the storage cannot be used
     */
    @CheckReturnValue
    public LecternAuth open() {
        check();
        Resources resources = new Resources();
        try {
            return new LecternAuth(this, new Opening(this, resources), resources);
        } catch (Throwable failed) {
            try {
                resources.close();
            } catch (RuntimeException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
            throw failed;
        }
    }

    private void check() {
        boolean hasStorage = storage != null || openStorage != null;
        require(
                hasStorage || tokens != null,
                "storage must be set, for example storage(JdbcStorage.of(dataSource)), or"
                        + " storage(InMemoryStorage.create()) for a trial");
        require(
                tokens == null || (cache == null && !withoutCache),
                "cache: the store of tokens(...) is used as it is; wrap it in a CachingTokenStore, or set storage(...)");
        require(
                hasStorage || limitMode == null || limitMode == LimitMode.LOCAL,
                "limits: " + limitMode + " needs a storage to count in; set storage(...), or limits(store)");
        require(
                hasStorage || audit != null || auditMode == null || auditMode == AuditMode.OFF,
                "audit: " + auditMode + " needs a log; set storage(...), or audit(log, mode)");
        require(
                versions == null || dialect.versionHeader().isPresent(),
                "versions: dialect " + dialect.name() + " has no version header");
        require(
                versions != null || !dialect.requiresVersions(),
                "versions must be set, because dialect " + dialect.name() + " has the version header "
                        + dialect.versionHeader().orElse("") + ": set versions(...), or declare the header with"
                        + " optionalVersionHeader if the API has no versions yet");
        require(
                versions == null || tenants != null,
                "tenants must be set, for the version of a request that pins none; set tenants(...)");
        require(
                !requireKnownTenants || tenants != null,
                "requireKnownTenants needs a directory; set tenants(...), too");
        require(
                !requireSecureTransport || dialect.status(AuthError.of(Kind.INSECURE_TRANSPORT)) != 401,
                "requireSecureTransport: dialect " + dialect.name()
                        + " answers with 401, which invites the client to send its"
                        + " credential again; set error(403, ..., Kind.INSECURE_TRANSPORT) on the dialect");
        require(
                defaultLifetime == null || maxLifetime == null || defaultLifetime.compareTo(maxLifetime) <= 0,
                "defaultLifetime must be at most maxLifetime, " + maxLifetime + ", was " + defaultLifetime);
        require(
                expiryNotices.isEmpty() || listener != null,
                "expiryNotices needs a listener to notify; set listener(...), too");
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
