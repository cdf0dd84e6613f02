package school.lectern.auth;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.BearerHeader;
import school.lectern.auth.token.Malformed;
import school.lectern.auth.token.Parsed;
import school.lectern.auth.token.PresentedToken;
import school.lectern.auth.token.Probe;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.token.VerifiedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/**
 * Judges API tokens. {@link #authenticate} is the whole library on one page: a request and what it requires go in, a
 * {@link Decision} comes out. Built once, safe for use by many threads; {@link #close} it when the application stops.
 *
 * <pre>{@code
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, tokenStore).build();
 *
 * IssuedToken issued = auth.issuer()
 *         .issue("123", Environment.LIVE, new TokenSettings().name("CI").scopes(scopes), Actor.application())
 *         .orElseThrow();
 *
 * Decision decision = auth.authenticate(request, Requirement.scope("read:learners"));
 * }</pre>
 *
 * <p>Adapters do this for an application: the servlet module's filter turns a request into an {@link AuthRequest} and a
 * decision into an answer.
 */
public final class LecternAuth implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LecternAuth.class);

    private final Dialect dialect;
    private final TokenStore tokens;
    private final LimitStore limits;
    private final CallRecorder calls;
    private final LastUsed lastUsed;
    private final TokenHasher hasher = new TokenHasher();
    private final @Nullable VersionPolicy versions;
    private final @Nullable TenantDirectory tenants;
    private final Ids ids;
    private final TokenIssuer issuer;

    private LecternAuth(Builder builder) {
        this.dialect = builder.dialect;
        this.tokens = builder.tokens;
        this.limits = builder.limits == null ? new InMemoryLimitStore(builder.clock) : builder.limits;
        this.versions = builder.versions;
        this.tenants = builder.tenants;
        this.ids = new Ids(builder.clock, builder.random);
        this.calls = new CallRecorder(dialect, builder.audit, builder.recording, ids);
        this.lastUsed = new LastUsed(tokens);
        this.issuer = new TokenIssuer(dialect, tokens, limits, hasher, ids);
    }

    /**
     * Starts the configuration of a judge.
     *
     * @param dialect the token system
     * @param tokens where the tokens are kept
     */
    public static Builder builder(Dialect dialect, TokenStore tokens) {
        return new Builder(dialect, tokens);
    }

    /**
     * Judges a request: who is it, and may it? Reads top to bottom as the order of judgement; the first refusal is the
     * answer, and what comes later is neither looked at nor spent. Nothing of a token's state shows before its secret is
     * proven.
     *
     * <p>Blocks for as long as the stores do. Never throws: whatever breaks is a denial of the kind
     * {@link Kind#UNAVAILABLE}.
     */
    public Decision authenticate(AuthRequest request, Requirement requirement) {
        Established established = new Established();
        try {
            return calls.record(request, judge(request, requirement, established));
        } catch (Throwable broken) {
            log.error("request {} could not be judged, and is refused", request.requestId(), broken);
            return calls.offer(request, denied(request, requirement, established, AuthError.unavailable()));
        }
    }

    private Decision judge(AuthRequest request, Requirement requirement, Established established) {
        Parsed parsed = BearerHeader.parse(request.authorization(), dialect.format());
        if (parsed instanceof Malformed malformed) {
            return denied(request, requirement, established, AuthError.of(malformed));
        }

        Probe probe = hasher.probe((PresentedToken) parsed);
        List<StoredToken> found = tokens.find(probe.selectors());
        Optional<VerifiedToken> verified = probe.verify(found);
        if (verified.isEmpty()) {
            return denied(request, requirement, established, AuthError.of(Kind.UNKNOWN_TOKEN));
        }
        VerifiedToken token = established.token(verified.get());

        Optional<AuthError> refusal = admit(token.stored(), request, requirement);
        if (refusal.isPresent()) {
            return denied(request, requirement, established, refusal.get());
        }

        if (versions != null
                && established.version(version(versions, token, request)).isEmpty()) {
            return denied(request, requirement, established, AuthError.unsupportedVersion(versionHeader()));
        }

        refusal = authorize(token, requirement);
        if (refusal.isPresent()) {
            return denied(request, requirement, established, refusal.get());
        }

        Optional<LimitStatus> status = established.limits(consume(token, request, requirement));
        if (status.isPresent() && !status.get().admitted()) {
            AuthError limited =
                    AuthError.limited(Kind.RATE_LIMITED, status.get().retryAfter());
            return denied(request, requirement, established, limited);
        }

        lastUsed.note(token.stored(), ids.now());
        return new Allowed(request.requestId(), token, established.version, status, Optional.empty());
    }

    /** Whether the token may be used at all: now, from there, here, and for that tenant. */
    private Optional<AuthError> admit(StoredToken token, AuthRequest request, Requirement requirement) {
        if (token.isRevoked()) {
            return Optional.of(AuthError.of(Kind.REVOKED));
        }
        if (token.isExpired(ids.now())) {
            return Optional.of(AuthError.of(Kind.EXPIRED));
        }
        if (token.allowlist() != null && !token.allowlist().allows(request.address())) {
            return Optional.of(AuthError.of(Kind.ADDRESS_NOT_ALLOWED));
        }
        if (requirement.environment().isPresent() && requirement.environment().get() != token.environment()) {
            return Optional.of(AuthError.of(Kind.ENVIRONMENT_MISMATCH));
        }
        if (requirement.tenantId().isPresent() && !requirement.tenantId().get().equals(token.tenantId())) {
            return Optional.of(AuthError.of(Kind.TENANT_MISMATCH));
        }
        return Optional.empty();
    }

    /** The version that the request pins, or else its tenant's; empty if there is no such version. */
    private Optional<ApiVersion> version(VersionPolicy policy, VerifiedToken token, AuthRequest request) {
        return policy.resolve(
                request.header(versionHeader()),
                () -> Optional.ofNullable(tenants)
                        .flatMap(directory -> directory.find(token.tenantId()))
                        .flatMap(Tenant::version)
                        .orElseThrow(() -> new StorageException("no version is known for tenant " + token.tenantId())));
    }

    private Optional<AuthError> authorize(VerifiedToken token, Requirement requirement) {
        if (requirement.refusal().isPresent()) {
            return requirement.refusal();
        }
        return token.scopes().covers(requirement.scopes())
                ? Optional.empty()
                : Optional.of(AuthError.insufficientScope(requirement.scopes()));
    }

    /** Takes a permit; empty where the request is not limited, or where its limit admits what it cannot count. */
    private Optional<LimitStatus> consume(VerifiedToken token, AuthRequest request, Requirement requirement) {
        Optional<RateLimit> limit = limit(token, request, requirement);
        try {
            return limit.map(l -> limits.take(limitKey(token, request, requirement), l));
        } catch (RuntimeException outage) {
            if (limit.isPresent() && limit.get().admitsOnOutage()) {
                log.warn("request {} is admitted uncounted", request.requestId(), outage);
                return Optional.empty();
            }
            throw outage;
        }
    }

    /**
     * The denial, with what may be told: never more than was proven, and no limits beside a 401. A limit that was not asked
     * for a permit is only looked at.
     */
    private Denied denied(AuthRequest request, Requirement requirement, Established established, AuthError error) {
        Optional<LimitStatus> status = established.limits;
        if (dialect.status(error) == 401) {
            status = Optional.empty();
        } else if (status.isEmpty() && established.token.isPresent()) {
            status = look(established.token.get(), request, requirement);
        }
        return new Denied(request.requestId(), error, established.token, established.version, status);
    }

    private Optional<LimitStatus> look(VerifiedToken token, AuthRequest request, Requirement requirement) {
        try {
            return limit(token, request, requirement)
                    .map(limit -> limits.peek(limitKey(token, request, requirement), limit));
        } catch (RuntimeException outage) {
            log.warn("the limits of request {} cannot be told", request.requestId(), outage);
            return Optional.empty();
        }
    }

    private Optional<RateLimit> limit(VerifiedToken token, AuthRequest request, Requirement requirement) {
        return dialect.limits()
                .limit(limitClass(request, requirement), token.stored().rateLimits());
    }

    private static LimitKey limitKey(VerifiedToken token, AuthRequest request, Requirement requirement) {
        return new LimitKey(token.id(), limitClass(request, requirement));
    }

    private static String limitClass(AuthRequest request, Requirement requirement) {
        return requirement.limitClass().orElseGet(() -> LimitPlan.classOf(request.method()));
    }

    private String versionHeader() {
        return dialect.versionHeader().orElseThrow();
    }

    /** What the judgement has established so far: a denial tells no more than this. */
    private static final class Established {
        private Optional<VerifiedToken> token = Optional.empty();
        private Optional<ApiVersion> version = Optional.empty();
        private Optional<LimitStatus> limits = Optional.empty();

        VerifiedToken token(VerifiedToken proven) {
            token = Optional.of(proven);
            return proven;
        }

        Optional<ApiVersion> version(Optional<ApiVersion> resolved) {
            version = resolved;
            return resolved;
        }

        Optional<LimitStatus> limits(Optional<LimitStatus> taken) {
            limits = taken;
            return taken;
        }
    }

    /**
     * Tells what became of an allowed request, for its audit row. Not waited for.
     *
     * @param status the status of the answer
     */
    public void completed(Allowed allowed, int status) {
        calls.complete(allowed, status);
    }

    /** Whether a request presents something that starts as this dialect's tokens do: then it is to be judged here. */
    public boolean claims(AuthRequest request) {
        return BearerHeader.claims(request.authorization(), dialect.format());
    }

    /** A new request id of the dialect's form. */
    public String newRequestId() {
        return dialect.requestIds().next(ids.random());
    }

    /** The token system that is judged by. */
    public Dialect dialect() {
        return dialect;
    }

    /** Makes and changes tokens of this dialect, in the same store. */
    public TokenIssuer issuer() {
        return issuer;
    }

    /** The time that decisions are made by. */
    public Instant now() {
        return ids.now();
    }

    /** Writes what is pending and stops the background work. The stores are left open: they are the application's. */
    @Override
    public void close() {
        lastUsed.close();
    }

    /** Configures a {@link LecternAuth}. */
    public static final class Builder {
        private final Dialect dialect;
        private final TokenStore tokens;
        private @Nullable LimitStore limits;
        private AuditLog audit = new InMemoryAuditLog(1);
        private CallRecording recording = CallRecording.NONE;
        private @Nullable TenantDirectory tenants;
        private @Nullable VersionPolicy versions;
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder(Dialect dialect, TokenStore tokens) {
            this.dialect = Objects.requireNonNull(dialect, "dialect");
            this.tokens = Objects.requireNonNull(tokens, "tokens");
        }

        /** Where permits are counted; in this process's memory unless set. */
        public Builder limits(LimitStore store) {
            this.limits = store;
            return this;
        }

        /** Writes calls down. Changes to tokens are written by the token store, calls or not. */
        public Builder recordCalls(AuditLog auditLog, CallRecording what) {
            this.audit = auditLog;
            this.recording = what;
            return this;
        }

        /** Who the tenants are; needed where versions are, for requests that pin none. */
        public Builder tenants(TenantDirectory directory) {
            this.tenants = directory;
            return this;
        }

        /** Which versions are released; without it, requests have no version. */
        public Builder versions(VersionPolicy policy) {
            this.versions = policy;
            return this;
        }

        /** The time; the system's unless set. */
        public Builder clock(Clock source) {
            this.clock = source;
            return this;
        }

        /** The randomness; the system's unless set. */
        public Builder random(SecureRandom source) {
            this.random = source;
            return this;
        }

        /**
         * The judge.
         *
         * @throws IllegalArgumentException if the settings contradict each other
         */
        public LecternAuth build() {
            if (versions != null && dialect.versionHeader().isEmpty()) {
                throw new IllegalArgumentException("versions: dialect " + dialect.name() + " has no version header");
            }
            if (versions != null && tenants == null) {
                throw new IllegalArgumentException("tenants: needed to know the version of a request that pins none");
            }
            return new LecternAuth(this);
        }
    }
}
