package school.lectern.auth;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.background.AuditPurge;
import school.lectern.auth.background.BackgroundTasks;
import school.lectern.auth.background.ExpiryWatch;
import school.lectern.auth.background.LastUsed;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.BearerHeader;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.CheckedLimitStore;
import school.lectern.auth.spi.CheckedTokenStore;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.version.VersionPolicy;

/**
 * Judges API tokens. {@link #authenticate} is the whole library on one page: a request and what it requires go in, a
 * {@link Decision} comes out. Built once, safe for use by many threads; {@link #close} it when the application stops.
 *
 * <pre>{@code
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, tokenStore).build();
 *
 * IssuedToken issued = auth.issuer()
 *         .issue("123", TokenEnvironment.LIVE, new TokenSettings().name("CI").scopes(scopes), Actor.application())
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
    private final AuditRecorder calls;
    private final LastUsed lastUsed;
    private final Evaluation.Parts parts;
    private final @Nullable VersionPolicy versions;
    private final Tenants tenants;

    /** In whole milliseconds: what is stored reads back the same. */
    private final Clock clock;

    private final Supplier<String> requestIds;
    private final TokenIssuer issuer;
    private final AuthMetrics metrics;
    private final BackgroundTasks background = new BackgroundTasks();

    private LecternAuth(Builder builder) {
        this.dialect = builder.dialect;
        TokenStore tokens = new CheckedTokenStore(builder.tokens);
        LimitStore limits =
                new CheckedLimitStore(builder.limits == null ? new InMemoryLimitStore(builder.clock) : builder.limits);
        this.versions = builder.versions;
        this.tenants = new Tenants(builder.tenants, builder.requireKnownTenants, builder.clock);
        this.metrics = builder.metrics;
        IdGenerator ids = new IdGenerator(builder.random);
        this.clock = Clock.tick(builder.clock, Duration.ofMillis(1));
        this.requestIds = dialect.requestIds().source(builder.clock, builder.random);
        ListenerNotifier lifecycle = new ListenerNotifier(builder.listener, background);
        RefusedCalls refused = new RefusedCalls(builder.auditBudget, dialect.format(), ids);
        this.calls = new AuditRecorder(dialect, builder.audit, builder.recording, refused, lifecycle, ids, clock);
        this.issuer = new TokenIssuer(new IssuerParts(dialect, tokens, limits, builder.hasher, ids, clock, lifecycle));
        this.parts = new Evaluation.Parts(dialect, tokens, limits, builder.hasher, versions, tenants, clock);
        this.lastUsed = new LastUsed(tokens, lifecycle, clock);
        background.repeat("noting the use of tokens", LastUsed.FLUSH_EVERY, lastUsed::flush);
        if (builder.recording != AuditMode.NONE) {
            background.repeat("writing counts of refused calls", AuditRecorder.WRITE_EVERY, calls::writeEnded);
            background.repeat("deleting old audit rows", AuditPurge.EVERY, purge(builder)::run);
        }
        builder.expiryNotice.ifPresent(ahead -> background.repeat(
                "looking for tokens that end soon",
                ExpiryWatch.LOOK_EVERY,
                new ExpiryWatch(tokens, lifecycle, clock, ahead)::look));
    }

    private AuditPurge purge(Builder builder) {
        return new AuditPurge(
                builder.audit,
                dialect.retention().orElse(null),
                builder.auditBudget.retentionWithoutTenant(),
                builder.tenants == null ? id -> Optional.empty() : builder.tenants,
                clock);
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
        Evaluation evaluation = new Evaluation(parts, request, requirement, true);
        Decision decision;
        try {
            decision = calls.record(request, evaluation.run());
            recordUse(decision, evaluation);
        } catch (Throwable broken) {
            decision = calls.offer(request, evaluation.unavailable(broken));
        }
        return counted(decision);
    }

    /** Only what was allowed, and written down where that is asked for, is a use of the token. */
    private void recordUse(Decision decision, Evaluation evaluation) {
        if (decision instanceof Allowed allowed) {
            lastUsed.note(allowed.token().stored(), clock);
            evaluation
                    .rehash()
                    .ifPresent(current -> issuer.rehash(allowed.token().stored(), current));
        }
    }

    /**
     * Judges a request again that was let in before, for a handler with long work: may it go on? Sees what has happened to the
     * token meanwhile. Takes no permit, and writes down nothing: it is the same call.
     *
     * <p>Blocks and never throws, as {@link #authenticate}.
     *
     * @param request the request as it came; its headers are read again
     * @param requirement what it was let in by
     */
    public Decision recheck(AuthRequest request, Requirement requirement) {
        Evaluation evaluation = new Evaluation(parts, request, requirement, false);
        try {
            return counted(evaluation.run());
        } catch (Throwable broken) {
            return counted(evaluation.unavailable(broken));
        }
    }

    private Decision counted(Decision decision) {
        if (decision instanceof Denied denied) {
            metrics.denied(denied.error().kind());
        } else {
            metrics.allowed();
        }
        return decision;
    }

    /**
     * Tells what became of an allowed request, for its audit row. Not waited for, and never throws: the answer stands.
     *
     * @param status the status of the answer
     */
    public void completed(Allowed allowed, int status) {
        try {
            calls.complete(allowed, status);
        } catch (RuntimeException | Error broken) {
            FailureLog.tell(
                    log,
                    Level.ERROR,
                    "the status of request {} could not be written down",
                    allowed.requestId(),
                    broken);
        }
    }

    /**
     * What a decision adds to the headers of the answer, whoever writes it: what the dialect tells of it, and how the version
     * that applies goes.
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

    /** Whether a request presents something that starts as this dialect's tokens do: then it is to be judged here. */
    public boolean recognizes(AuthRequest request) {
        return BearerHeader.recognizes(request.authorization(), dialect.format());
    }

    /** A new request id of the dialect's form. */
    public String newRequestId() {
        return requestIds.get();
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
        return clock.instant();
    }

    /** Writes what is pending and stops the background work. The stores are left open: they are the application's. */
    @Override
    public void close() {
        background.close();
        lastUsed.flush();
        calls.close();
        tenants.close();
    }

    /** Configures a {@link LecternAuth}. */
    public static final class Builder {
        private final Dialect dialect;
        private final TokenStore tokens;
        private @Nullable LimitStore limits;
        private AuditLog audit = new InMemoryAuditLog(1);
        private AuditMode recording = AuditMode.NONE;
        private AuditBudget auditBudget = AuditBudget.DEFAULT;
        private @Nullable TenantDirectory tenants;
        private boolean requireKnownTenants;
        private @Nullable VersionPolicy versions;
        private @Nullable AuthListener listener;
        private Optional<Duration> expiryNotice = Optional.empty();
        private AuthMetrics metrics = AuthMetrics.NONE;
        private TokenHasher hasher = new TokenHasher();
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
        public Builder audit(AuditLog auditLog, AuditMode what) {
            this.audit = auditLog;
            this.recording = what;
            return this;
        }

        /** Sets how many audit rows refused calls may cause; {@link AuditBudget#DEFAULT} unless set. */
        public Builder auditBudget(AuditBudget budget) {
            this.auditBudget = budget;
            return this;
        }

        /**
         * Who the tenants are; needed where versions are, for requests that pin none. A token of a tenant that the directory does
         * not know is denied where the directory is called: then, and with {@link #requireKnownTenants} for every request.
         */
        public Builder tenants(TenantDirectory directory) {
            this.tenants = directory;
            return this;
        }

        /**
         * Denies the tokens of tenants that the {@link #tenants directory} does not know, as those of a tenant that was
         * {@linkplain TokenIssuer#markGone marked as gone}. Off by default, since it makes the directory a part of every request:
         * an answer is used for 60 seconds, or for one second if the tenant is unknown, for at most 10,000 tenants. Where there is
         * no such answer, the directory has 500 ms; if it fails or is late, the request gets the dialect's server error, never a
         * 401. A tenant that the directory stops to know is denied within 60 seconds; to end it at a confirmed instant, mark it
         * as gone.
         */
        public Builder requireKnownTenants() {
            this.requireKnownTenants = true;
            return this;
        }

        /** Which versions are released; without it, requests have no version. */
        public Builder versions(VersionPolicy policy) {
            this.versions = policy;
            return this;
        }

        /** Who hears what becomes of tokens; nobody unless set. */
        public Builder listener(AuthListener value) {
            this.listener = value;
            return this;
        }

        /**
         * Tells the listener of tokens that end within this time; not at all unless set.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder expiryNotice(Duration ahead) {
            if (ahead.isNegative() || ahead.isZero()) {
                throw new IllegalArgumentException("expiryNotice: a positive time, not " + ahead);
            }
            this.expiryNotice = Optional.of(ahead);
            return this;
        }

        /** Counts the decisions, by outcome; nobody does unless set. A cache counts for itself. */
        public Builder metrics(AuthMetrics value) {
            this.metrics = value;
            return this;
        }

        /** How secrets are hashed, and which stored hashes are accepted; SHA-256 alone unless set. */
        public Builder hasher(TokenHasher tokenHasher) {
            this.hasher = tokenHasher;
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
            if (requireKnownTenants && tenants == null) {
                throw new IllegalArgumentException("requireKnownTenants: needs a directory; set tenants(...), too");
            }
            return new LecternAuth(this);
        }
    }
}
