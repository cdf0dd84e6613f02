package school.lectern.auth;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.background.AuditPurge;
import school.lectern.auth.background.BackgroundTasks;
import school.lectern.auth.background.ExpiryWatch;
import school.lectern.auth.background.LastUsed;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.cache.CacheStatus;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.CredentialSource;
import school.lectern.auth.format.Secret;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.recording.AuditRecorder;
import school.lectern.auth.recording.ExposedTokens;
import school.lectern.auth.recording.FailureLog;
import school.lectern.auth.recording.RefusedCalls;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.CheckedLimitStore;
import school.lectern.auth.spi.CheckedTokenStore;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.tenant.Tenants;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.token.TokenState;
import school.lectern.auth.version.VersionPolicy;

/**
 * Issues API tokens, and decides whether a request with a token is allowed. {@link #authenticate} takes a request and its
 * requirement, and returns a {@link Decision}; {@link #tenant} returns the operations on a tenant and its tokens. Open it once
 * for an application, and {@linkplain #close close} it when the application stops. Safe for use by many threads.
 *
 * <pre>{@code
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
 *         .storage(JdbcStorage.of(dataSource))
 *         .open();
 *
 * IssuedToken issued = auth.tenant("123").tokens()
 *         .issue(NewToken.named("CI").scopes("read:learners"))
 *         .orElseThrow();
 *
 * Decision decision = auth.authenticate(request, Requirement.scope("read:learners"));
 * }</pre>
 *
 * <p>An application usually calls {@link #authenticate} through an adapter: the filter of the servlet module turns a request
 * into an {@link AuthRequest}, and a decision into a response.
 */
@CheckReturnValue
public final class LecternAuth implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LecternAuth.class);

    private final Dialect dialect;
    private final @Nullable AuditLog audit;
    private final AuditRecorder calls;
    private final LastUsed lastUsed;
    private final Evaluation.Parts parts;
    private final @Nullable VersionPolicy versions;
    private final Clocks clocks;
    private final Supplier<String> requestIds;
    private final TokenVerbs verbs;
    private final TokenLifetimes lifetimes;
    private final DecisionMeter meter;
    private final boolean requiresSecureTransport;
    private final ExposedTokens exposed;
    private final @Nullable CachingTokenStore cache;
    private final Resources resources;

    /** @param resources closed with this object, in the reverse order of their opening */
    LecternAuth(LecternAuthBuilder settings, Opening opening, Resources resources) {
        this.dialect = settings.dialect;
        this.clocks = settings.clocks;
        this.versions = settings.versions;
        this.meter = new DecisionMeter(opening.metrics(), clocks);
        this.resources = resources;
        TokenStore tokens = checked(opening.tokens());
        this.cache = tokens instanceof CachingTokenStore caching ? caching : null;
        LimitStore limits = new CheckedLimitStore(opening.limits());
        Tenants tenants = resources.add(opening.tenants());
        IdGenerator ids = new IdGenerator(settings.random);
        this.requestIds = dialect.requestIds().source(clocks.wall(), settings.random);
        BackgroundTasks background = new BackgroundTasks();
        ListenerNotifier listener = new ListenerNotifier(settings.listener, background);
        PropagationWait propagation =
                resources.add(new PropagationWait(tokens.changes().orElse(null), background));
        RefusedCalls refused = new RefusedCalls(settings.auditBudget, dialect.formats(), ids::next);
        this.audit = opening.audit().orElse(null);
        AuditLog recorded = opening.audit().orElseGet(() -> new InMemoryAuditLog(1));
        this.calls = resources.add(
                new AuditRecorder(dialect, recorded, opening.auditMode(), refused, listener, ids::next, clocks));
        this.lifetimes = new TokenLifetimes(settings.defaultLifetime, settings.maxLifetime, settings.idleTimeout);
        this.lastUsed = resources.add(new LastUsed(tokens, listener, settings.idleTimeout));
        this.requiresSecureTransport = settings.requireSecureTransport;
        this.exposed = new ExposedTokens(dialect, listener);
        // Added after the parts that its tasks write to, so that it is closed before them.
        resources.add(background);
        TokenHasher hasher = settings.hasher;
        AuthMetrics metrics = opening.metrics();
        this.verbs = TokenVerbs.of(
                new IssuerParts(
                        dialect,
                        tokens,
                        limits,
                        hasher,
                        ids,
                        clocks,
                        listener,
                        metrics,
                        lifetimes,
                        settings.liveTokens()),
                propagation);
        ReuseDetection reuse = settings.detectReuse ? new ReuseDetection(verbs) : null;
        this.parts = new Evaluation.Parts(
                dialect, tokens, limits, hasher, versions, tenants, clocks, metrics, lifetimes, reuse);
        background.repeat("recording when tokens were last used", LastUsed.FLUSH_EVERY, lastUsed::flush);
        if (opening.auditMode() != AuditMode.OFF) {
            background.repeat("writing counts of refused calls", AuditRecorder.WRITE_EVERY, calls::writeEnded);
            background.repeat("deleting old audit rows", AuditPurge.EVERY, opening.purge(recorded)::run);
        }
        if (!settings.expiryNotices.isEmpty()) {
            ExpiryWatch expiry =
                    new ExpiryWatch(tokens, listener, clocks.wall(), settings.expiryNotices, lifetimes.max());
            background.repeat("looking for tokens that end soon", ExpiryWatch.LOOK_EVERY, expiry::look);
        }
    }

    /** {@return a store that checks the rows of this store} A cache checks the store that it reads. */
    private static TokenStore checked(TokenStore store) {
        return store instanceof CachingTokenStore ? store : new CheckedTokenStore(store);
    }

    /**
     * Starts the configuration. A {@linkplain LecternAuthBuilder#storage storage} must be set; everything else has a default.
     *
     * @param dialect the token system
     * @return a builder with the default settings
     */
    public static LecternAuthBuilder builder(Dialect dialect) {
        return new LecternAuthBuilder(dialect);
    }

    /**
     * Decides whether a request is allowed. The first denial is the decision; later checks are not made and consume no permit.
     * Nothing about a token's state is revealed before its secret is verified.
     *
     * <p>Blocks for as long as the storage does. Never throws: if the storage fails, the decision is a denial of the kind
     * {@link Kind#UNAVAILABLE}.
     *
     * @param request the request with its headers
     * @param requirement the conditions that the request's route sets for its token
     * @return the decision, which an adapter turns into a response
     */
    public Decision authenticate(AuthRequest request, Requirement requirement) {
        Optional<Denied> insecure = denyInsecure(request);
        if (insecure.isPresent()) {
            return insecure.get();
        }
        DecisionMeter.Measurement measurement = meter.start();
        Evaluation evaluation = new Evaluation(parts, request, requirement, true);
        Decision decision;
        try {
            decision = calls.record(request, evaluation.run(), evaluation::moment);
            recordUse(decision, evaluation);
        } catch (Throwable broken) {
            decision = calls.offer(request, evaluation.unavailable(broken), evaluation::moment);
        }
        return measurement.end(decision, evaluation.source());
    }

    /**
     * {@return whether requests over insecure transport are {@linkplain LecternAuthBuilder#requireSecureTransport denied}}
     */
    public boolean requiresSecureTransport() {
        return requiresSecureTransport;
    }

    /**
     * Denies a request over insecure transport if {@link LecternAuthBuilder#requireSecureTransport} is set.
     * {@link #authenticate} calls this method; an adapter calls it for requests that it does not authenticate, if they
     * contain a credential. The denial is recorded like that of {@code authenticate}, and does not depend on the credential.
     * Never throws.
     *
     * @param request the request
     * @return the denial; empty if the transport is secure, or need not be
     */
    public Optional<Denied> denyInsecure(AuthRequest request) {
        if (!requiresSecureTransport || request.isSecure()) {
            return Optional.empty();
        }
        DecisionMeter.Measurement measurement = meter.start();
        Denied denied = Denied.of(
                request.requestId(),
                AuthError.of(Kind.INSECURE_TRANSPORT),
                Optional.empty(),
                Optional.empty(),
                List.of());
        Decision unused = measurement.end(calls.offer(request, denied, clocks::now), DecisionSample.Source.NONE);
        exposed.report(request, clocks.now().instant());
        return Optional.of(denied);
    }

    /**
     * Decides whether a request is allowed that does not come over HTTP, such as a message of a queue. Everything else is as in
     * {@link #authenticate(AuthRequest, Requirement)}: the request takes a permit, and has an audit row with the method
     * {@code MESSAGE}. Without a policy, the requirement counts it as a write. Call {@link #completed(Allowed, int)} with the
     * outcome, or the row has no status. {@link LecternAuthBuilder#requireSecureTransport} does not apply, since the library
     * cannot know which connections the message has come over.
     *
     * @param token the token that the message contains, without a scheme
     * @param operation the operation as the audit log names it, such as the name of the queue
     * @param address the address from which the message came, or null if it is unknown: then tokens with an allowlist are
     *     denied
     * @param requirement the conditions for the token
     * @return the decision
     */
    public Decision authenticate(Secret token, String operation, @Nullable IpAddress address, Requirement requirement) {
        return authenticate(AuthRequest.ofMessage(newRequestId(), operation, address, token), requirement);
    }

    /**
     * Records the use of the token, and replaces a hash of an older algorithm, if the request is allowed. If recording is
     * required, the request is allowed only after it was recorded.
     */
    private void recordUse(Decision decision, Evaluation evaluation) {
        if (decision instanceof Allowed allowed) {
            StoredToken used = allowed.token().stored();
            lastUsed.note(used, evaluation.moment());
            Optional<TokenHasher.HashedSecret> current = evaluation.rehash();
            if (current.isPresent()) {
                verbs.importer().rehash(used, current.get());
            }
        }
    }

    /**
     * Evaluates a request again that was allowed before, for a handler with long work. The decision is based on the present
     * state of the token. It consumes no permit and is not recorded, because it belongs to the same call.
     *
     * <p>Blocks and never throws, like {@link #authenticate}.
     *
     * @param request the original request; its headers are read again
     * @param requirement the requirement under which the request was allowed
     * @return the decision, by which the handler continues or stops
     */
    public Decision recheck(AuthRequest request, Requirement requirement) {
        DecisionMeter.Measurement measurement = meter.start();
        Evaluation evaluation = new Evaluation(parts, request, requirement, false);
        Decision decision;
        try {
            decision = evaluation.run();
        } catch (Throwable broken) {
            decision = evaluation.unavailable(broken);
        }
        return measurement.end(decision, evaluation.source());
    }

    /**
     * Rotates the token of a request, for its bearer. Call it in a handler of the application's own; without such a handler, no
     * bearer can rotate a token. The request is evaluated again first, as by {@link #recheck}, so a token that is revoked,
     * disabled or expired by now is not rotated. If two rotations of one token are concurrent, one succeeds.
     *
     * <p>The successor has the name, the settings, the rights, the expiry and the creator of the token, and never more. The
     * maximum lifetime counts from {@link Token#lifetimeStartedAt}, so a bearer cannot prolong it. The actor in the audit
     * log is the token.
     *
     * <p>Waits as {@link TokenOperations#rotate} does: only if there is no grace period. Choose a grace period that is longer
     * than the client needs to store the new secret and to end requests in progress, for example a minute.
     *
     * @param request the original request; its headers are read again
     * @param requirement the requirement under which the request was allowed
     * @param gracePeriod how long the token remains valid
     * @return the successor with its secret, which cannot be read again, or a refusal: the denial of the request, a token that
     *     has a successor ({@link Kind#CONFLICT}), or too many creations
     * @throws StorageException if the storage fails; it is then unknown whether the token was rotated
     */
    public Outcome<IssuedToken> rotateSelf(AuthRequest request, Requirement requirement, GracePeriod gracePeriod) {
        Decision decision = recheck(request, requirement);
        return decision instanceof Allowed allowed
                ? context().rotated(gracePeriod, verbs.change().rotateSelf(allowed.token(), gracePeriod, request))
                : new Outcome.Refused<>(((Denied) decision).error());
    }

    /**
     * Records the status of an allowed request in its audit row. Does not wait until the row is written, and never throws.
     *
     * @param allowed the decision about the request
     * @param status the HTTP status of the response
     */
    public void completed(Allowed allowed, int status) {
        complete(allowed, status, null);
    }

    /**
     * Records the status of a request that this library allowed and another authorizer behind it denied, such as Spring
     * Security or the handler itself. The outcome in the audit row is then the denial. Does not wait until the row is
     * written, and never throws.
     *
     * @param allowed the decision about the request
     * @param status the HTTP status of the response
     * @param denial the kind of the error with which the request was denied
     */
    public void completed(Allowed allowed, int status, Kind denial) {
        complete(allowed, status, denial);
    }

    private void complete(Allowed allowed, int status, @Nullable Kind denial) {
        try {
            calls.complete(allowed, status, denial);
        } catch (RuntimeException | Error broken) {
            FailureLog.tell(
                    log,
                    Level.ERROR,
                    "the status of request {} could not be written to its audit row",
                    allowed.requestId(),
                    broken);
        }
    }

    /**
     * {@return the headers that a decision adds to the response: the headers of the dialect, such as rate limits, and the
     * headers that announce the end of an API version}
     *
     * @param decision the decision about the request
     */
    public Map<String, String> headers(Decision decision) {
        Map<String, String> told = dialect.headers(decision);
        if (versions == null || decision.version().isEmpty()) {
            return told;
        }
        Map<String, String> headers = new LinkedHashMap<>(told);
        headers.putAll(versions.headers(decision.version().get()));
        return headers;
    }

    /**
     * {@return whether a request presents a credential that starts like this dialect's tokens}
     *
     * @param request the request
     */
    public boolean recognizes(CredentialSource request) {
        return dialect.carriers().recognizes(request, dialect.formats());
    }

    /**
     * {@return the time from which on this instance denies a token as expired, or empty if it has no end} It is the earliest of
     * the expiry, the end of the grace period, and the {@linkplain LecternAuthBuilder#maxLifetime maximum lifetime} after the
     * creation. The {@linkplain LecternAuthBuilder#idleTimeout idle timeout} is not considered, because each use moves it.
     *
     * @param token the token
     */
    public Optional<Instant> effectiveExpiry(Token token) {
        return Optional.ofNullable(
                lifetimes.end(token.lifetimeStartedAt(), token.effectiveExpiry().orElse(null)));
    }

    /**
     * {@return the state of a token by its stored fields and by the lifetimes of this instance} The state of its tenant is not
     * considered.
     *
     * @param token the token
     * @param now the time to check
     */
    public TokenState state(Token token, Instant now) {
        return lifetimes.state(token, now);
    }

    /**
     * {@return whether a request presents a credential that starts like this dialect's tokens, in a place that no other site
     * can make a browser fill} Such a request needs no protection against forgery (CSRF).
     *
     * @param request the request
     * @see school.lectern.auth.format.Carriers#recognizesUnforgeable
     */
    public boolean recognizesUnforgeable(CredentialSource request) {
        return dialect.carriers().recognizesUnforgeable(request, dialect.formats());
    }

    /** {@return a new request id in the dialect's form} */
    public String newRequestId() {
        return requestIds.get();
    }

    /** {@return the token system} */
    public Dialect dialect() {
        return dialect;
    }

    /**
     * {@return the operations on one tenant and its tokens}
     *
     * @param tenantId the application's id of the tenant; the library does not check whether the tenant exists
     */
    public TenantOperations tenant(String tenantId) {
        return new TenantOperations(context(), Objects.requireNonNull(tenantId, "tenantId"));
    }

    /** {@return the operations on the tokens of all tenants} */
    public CrossTenantOperations acrossTenants() {
        return new CrossTenantOperations(context());
    }

    private OperationContext context() {
        return new OperationContext(verbs, Actor.application(), null, true);
    }

    /**
     * {@return the audit log in which calls are recorded: the log that was set, otherwise the log of the storage, which also
     * contains the changes}
     *
     * @throws IllegalStateException if there is no log, because neither a storage nor a log was set
     */
    public AuditLog audit() {
        if (audit == null) {
            throw new IllegalStateException("there is no audit log; set storage(...), or audit(log, mode)");
        }
        return audit;
    }

    /**
     * {@return what the cache of tokens knows of the changes of other processes, or empty if the tokens are not cached, as in
     * a storage of one process} Queries nothing.
     */
    public Optional<CacheStatus> cacheStatus() {
        return Optional.ofNullable(cache).map(CachingTokenStore::status);
    }

    /** {@return the present time, in whole milliseconds} */
    public Instant now() {
        return clocks.now().instant();
    }

    /**
     * Writes pending records, ends the background tasks, and closes the storage if this object opened it. Closing it again has
     * no effect.
     */
    @Override
    public void close() {
        resources.close();
    }
}
