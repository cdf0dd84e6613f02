package school.lectern.auth;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.CredentialProblem;
import school.lectern.auth.format.ParsedCredential;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.recording.FailureLog;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.PermitResult;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.tenant.Tenants;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.HashingOverloadedException;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.token.UnreadableTokenException;
import school.lectern.auth.token.VerifiedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/**
 * The evaluation of one request. {@link #run} shows all of it on one page, top to bottom in the order of the checks. The first
 * denial is the decision; later checks are not made and consume no permit. Nothing about a token's state is revealed before its
 * secret is verified. The fields contain the results of the checks so far; a denial reveals no more than these. Not
 * thread-safe, and used for one request.
 */
final class Evaluation {

    private static final Logger log = LoggerFactory.getLogger(Evaluation.class);

    private final Parts parts;
    private final AuthRequest request;
    private final Requirement requirement;
    private final boolean isFirstEvaluation;
    private final Verification verification;

    // The results of the checks so far.
    private @Nullable VerifiedToken token;
    private Optional<TokenHasher.HashedSecret> rehash = Optional.empty();
    private Optional<ApiVersion> version = Optional.empty();
    private @Nullable List<RateLimitResult> limits;
    private boolean limitsAreOut;

    /**
     * The configuration and the stores that an evaluation uses.
     *
     * @param dialect the token system
     * @param tokens the store in which tokens are looked up
     * @param limits the store that counts permits
     * @param hasher hashes and verifies secrets
     * @param versions the API versions, or null if requests have no version
     * @param tenants the application's tenants
     * @param clocks read once for each evaluation, after the look-up, and again after a second look-up, a slow hash, or a
     *     required check of the tenant
     * @param metrics counts the requests for permits
     * @param lifetimes the maximum lifetime and the idle timeout of tokens
     * @param reuse revokes the lines of tokens that are used after their bearers have replaced them; null if it is off
     */
    record Parts(
            Dialect dialect,
            TokenStore tokens,
            LimitStore limits,
            TokenHasher hasher,
            @Nullable VersionPolicy versions,
            Tenants tenants,
            Clocks clocks,
            AuthMetrics metrics,
            TokenLifetimes lifetimes,
            @Nullable ReuseDetection reuse) {}

    /** @param isFirstEvaluation false if a request is evaluated again: then no permit is taken, and no reuse is detected */
    Evaluation(Parts parts, AuthRequest request, Requirement requirement, boolean isFirstEvaluation) {
        this.parts = parts;
        this.request = request;
        this.requirement = requirement;
        this.isFirstEvaluation = isFirstEvaluation;
        this.verification = new Verification(parts.tokens(), parts.clocks());
    }

    /** Evaluates the request. Throws the exceptions of its parts; {@link #unavailable} turns an exception into a denial. */
    Decision run() {
        ParsedCredential parsed =
                parts.dialect().carriers().parse(request, parts.dialect().formats());
        if (parsed instanceof CredentialProblem malformed) {
            return denied(AuthError.of(malformed));
        }

        SecretVerifier verifier = parts.hasher().verifierFor((PresentedToken) parsed);
        VerifiedToken proven = verification.run(verifier, request.address());
        requireDeclared(proven == null ? verifier.otherEnvironment() : proven.environment());
        if (proven == null) {
            return denied(AuthError.of(Kind.UNKNOWN_TOKEN));
        }
        accept(proven, verifier);
        detectReuse(proven);
        Optional<AuthError> inadmissible = admit(proven.stored());
        if (isIdle(inadmissible) && verification.isFromMemory()) {
            // Another process may have recorded a use since the row was read. The second row decides about everything.
            proven = verification.runAgain(verifier, request.address());
            if (proven == null) {
                token = null;
                return denied(AuthError.of(Kind.UNKNOWN_TOKEN));
            }
            accept(proven, verifier);
            inadmissible = admit(proven.stored());
        }

        Optional<AuthError> refusal = hidden(proven, inadmissible);
        refusal = refusal.isPresent() ? refusal : resolveVersion(proven);
        refusal = refusal.isPresent() ? refusal : authorize(proven);
        refusal = refusal.isPresent() ? refusal : consume(proven);

        return refusal.isPresent() ? denied(refusal.get()) : allowed(proven);
    }

    private static boolean isIdle(Optional<AuthError> error) {
        return error.isPresent() && error.get().kind() == Kind.IDLE;
    }

    /**
     * Requires that the dialect of this node declares the environment of a stored token whose secret was presented.
     * Otherwise, the configuration of the node is wrong, and the client is not at fault.
     */
    private void requireDeclared(@Nullable TokenEnvironment stored) {
        if (stored != null && !parts.dialect().environments().contains(stored)) {
            throw new UnreadableTokenException("a stored token belongs to the environment " + stored
                    + ", which dialect " + parts.dialect().name() + " does not declare: add it with environments(...)");
        }
    }

    /**
     * Revokes the line of the token if its bearer has replaced it. The denial is then that of a token whose grace period is
     * over. A request that is evaluated again was allowed earlier, possibly before the token was replaced, so it is no reuse.
     */
    private void detectReuse(VerifiedToken proven) {
        ReuseDetection reuse = parts.reuse();
        if (reuse != null && isFirstEvaluation && ReuseDetection.isReuse(proven.stored(), verification.earlierTime())) {
            reuse.revokeLine(proven, request.address(), moment().instant());
            verification.readClocks();
        }
    }

    /**
     * {@return the denial of a token that may not be used at this time, from this address, in this environment or for this
     * tenant, otherwise empty}
     */
    private Optional<AuthError> admit(StoredToken row) {
        if (row.isRevoked()) {
            return Optional.of(AuthError.of(Kind.REVOKED));
        }
        if (row.tenantGone()) {
            return Optional.of(AuthError.of(Kind.TENANT_GONE));
        }
        if (row.tenantSuspended()) {
            return Optional.of(AuthError.of(Kind.SUSPENDED));
        }
        if (parts.tenants().denies(row.tenantId())) {
            return Optional.of(AuthError.of(Kind.TENANT_GONE));
        }
        if (parts.tenants().areRequired()) {
            verification.readClocks();
        }
        if (row.isDisabled()) {
            return Optional.of(AuthError.of(Kind.DISABLED));
        }
        if (row.isNotYetValid(verification.earlierTime())) {
            return Optional.of(AuthError.of(Kind.NOT_YET_VALID));
        }
        long now = verification.laterTime();
        if (parts.lifetimes().isExpired(row, now)) {
            return Optional.of(AuthError.of(Kind.EXPIRED));
        }
        if (parts.lifetimes().isIdle(row, now)) {
            return Optional.of(AuthError.of(Kind.IDLE));
        }
        if (row.allowlist() != null && !row.allowlist().allows(request.address())) {
            return Optional.of(AuthError.of(Kind.ADDRESS_NOT_ALLOWED));
        }
        if (requirement.environment().isPresent()
                && !requirement.environment().get().equals(row.environment())) {
            return Optional.of(AuthError.of(Kind.ENVIRONMENT_MISMATCH));
        }
        if (requirement.tenantId().isPresent() && !requirement.tenantId().get().equals(row.tenantId())) {
            return Optional.of(AuthError.of(Kind.TENANT_MISMATCH));
        }
        return Optional.empty();
    }

    /**
     * {@return the denial of the version in place of a denial that hides a resource, so that it is the same as for a resource
     * that does not exist}
     */
    private Optional<AuthError> hidden(VerifiedToken proven, Optional<AuthError> refusal) {
        return refusal.filter(parts.dialect()::hidesExistence).isEmpty()
                ? refusal
                : resolveVersion(proven).or(() -> refusal);
    }

    private Optional<AuthError> authorize(VerifiedToken proven) {
        if (requirement.refusal().isPresent()) {
            return requirement.refusal();
        }
        ScopeGrammar grammar = parts.dialect().scopes();
        return requirement.isCoveredBy(proven.scopes(), grammar)
                ? Optional.empty()
                : Optional.of(
                        requirement.insufficientScope(proven.scopes(), grammar).withHeld(proven.scopes()));
    }

    private void accept(VerifiedToken proven, SecretVerifier verifier) {
        token = proven;
        rehash = verifier.rehash(proven);
    }

    /**
     * Determines the API version: the version that the request pins, otherwise the version of its tenant.
     *
     * @return the denial if there is no such version or tenant, otherwise empty
     */
    private Optional<AuthError> resolveVersion(VerifiedToken proven) {
        if (parts.versions() == null) {
            return Optional.empty();
        }
        String header = parts.dialect().versionHeader().orElseThrow();
        List<String> pins = request.header(header);
        Optional<Tenant> tenant = pins.isEmpty() ? parts.tenants().find(proven.tenantId()) : Optional.empty();
        if (pins.isEmpty() && tenant.isEmpty()) {
            return Optional.of(AuthError.of(Kind.TENANT_GONE));
        }
        version = parts.versions().resolve(pins, () -> tenant.flatMap(Tenant::version));
        return version.isPresent() ? Optional.empty() : Optional.of(AuthError.unsupportedVersion(header));
    }

    /**
     * Takes a permit of each limit, unless the request is not limited. If the permits cannot be counted and all limits fail
     * open, the request is admitted without a permit.
     *
     * @return the denial if a limit has no permit left, otherwise empty
     */
    private Optional<AuthError> consume(VerifiedToken proven) {
        List<String> policies = policies();
        if (!isFirstEvaluation) {
            limits = look(proven, policies);
            return Optional.empty();
        }
        List<RateLimitResult> results;
        try {
            results = policies.size() == 1 ? takeOne(proven, policies.get(0)) : takeAll(takes(proven, policies));
        } catch (RuntimeException outage) {
            return uncounted(takes(proven, policies), outage);
        }
        limits = results;
        return refused(results);
    }

    /** {@return the result of the only limit} Most requests have one, and need no other lists for it. */
    private List<RateLimitResult> takeOne(VerifiedToken proven, String policy) {
        LimitTake take = take(proven.stored(), policy);
        return take == null ? List.of() : List.of(result(take, parts.limits().take(take, moment())));
    }

    private List<RateLimitResult> takeAll(List<LimitTake> takes) {
        if (takes.isEmpty()) {
            return List.of();
        }
        List<LimitStatus> statuses = parts.limits().take(takes, moment());
        List<RateLimitResult> results = new ArrayList<>(takes.size());
        for (int i = 0; i < takes.size(); i++) {
            results.add(result(takes.get(i), statuses.get(i)));
        }
        return results;
    }

    private static RateLimitResult result(LimitTake take, LimitStatus status) {
        return RateLimitResult.of(take.policy(), status);
    }

    /** Reports the result to the metrics: if one limit refuses, no permit of another one is taken. */
    private Optional<AuthError> refused(List<RateLimitResult> results) {
        Duration longest = null;
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < results.size(); i++) {
            RateLimitResult result = results.get(i);
            if (!result.status().admitted()) {
                Duration wait = result.status().retryAfter();
                longest = longest == null || wait.compareTo(longest) > 0 ? wait : longest;
            }
        }
        for (int i = 0; i < results.size(); i++) {
            RateLimitResult result = results.get(i);
            if (!result.status().admitted()) {
                parts.metrics().permitRequested(result.policy(), PermitResult.REFUSED);
            } else if (longest == null) {
                parts.metrics().permitRequested(result.policy(), PermitResult.GRANTED);
            }
        }
        return longest == null ? Optional.empty() : Optional.of(AuthError.limited(Kind.RATE_LIMITED, longest));
    }

    private Optional<AuthError> uncounted(List<LimitTake> takes, RuntimeException outage) {
        limitsAreOut = true;
        takes.forEach(take -> parts.metrics().permitRequested(take.policy(), PermitResult.UNCOUNTED));
        if (!takes.stream().allMatch(take -> take.limit().failsOpen())) {
            throw outage;
        }
        FailureLog.tell(
                log,
                Level.WARN,
                "request {} is admitted without being counted by its limit",
                request.requestId(),
                outage);
        return Optional.empty();
    }

    /** {@return the moment of the decision, or the present moment if no token was looked up} */
    Moment moment() {
        return verification.moment();
    }

    /** {@return where the rows of the token came from} */
    DecisionSample.Source source() {
        return verification.source();
    }

    /** {@return the hash that replaces the hash of the verified token, or empty if its hash is of the current algorithm} */
    Optional<TokenHasher.HashedSecret> rehash() {
        return rehash;
    }

    private Allowed allowed(VerifiedToken proven) {
        return Allowed.of(request.requestId(), proven, version, limits == null ? List.of() : limits);
    }

    /** {@return the denial for a failed evaluation} The failure is not the client's fault, so it is never a 401. */
    Denied unavailable(Throwable why) {
        if (why instanceof HashingOverloadedException busy) {
            log.warn(
                    "request {} could not be evaluated in time; the decision is a server error: {}",
                    request.requestId(),
                    RedactedFailure.describe(busy));
            return denied(AuthError.unavailable(busy.retryAfter()));
        }
        FailureLog.tell(
                log,
                Level.ERROR,
                "request {} could not be evaluated; the decision is a server error",
                request.requestId(),
                why);
        return denied(AuthError.unavailable());
    }

    /**
     * {@return the denial for an error} Rate limits and the version are omitted if the response is that of an invalid
     * credential. Other denials of a verified token include them. If the limits have not been read yet, and the store of limits
     * has not failed, they are read without taking a permit. A denial that hides a resource has the limits of a request that no
     * route matches.
     */
    private Denied denied(AuthError error) {
        Dialect dialect = parts.dialect();
        boolean tellsToken = dialect.tellsLimits(error);
        boolean hides = hidesRoute(error);
        if (tellsToken && token != null && (limits == null || hides) && !limitsAreOut) {
            limits = look(token, hides ? policiesOfMethod() : policies());
        }
        return Denied.of(
                request.requestId(),
                error,
                Optional.ofNullable(token),
                tellsToken ? version : Optional.empty(),
                tellsToken && limits != null ? limits : List.of());
    }

    /**
     * {@return whether the limits must not depend on the route} So must those of a denial that comes before the scopes, if a
     * missing scope would have hidden the route.
     */
    private boolean hidesRoute(AuthError error) {
        Dialect dialect = parts.dialect();
        return dialect.hidesExistence(error)
                || (error.kind() == Kind.UNSUPPORTED_VERSION
                        && dialect.hidesExistence(AuthError.of(Kind.INSUFFICIENT_SCOPE)));
    }

    private List<String> policies() {
        boolean byMethod = requirement.policies().isEmpty() && !requirement.isUnlimited();
        return byMethod ? policiesOfMethod() : requirement.policies();
    }

    private List<String> policiesOfMethod() {
        return parts.dialect().limits().policies(request.method());
    }

    /** {@return the present status of the limits, or null if they could not be read} */
    private @Nullable List<RateLimitResult> look(VerifiedToken proven, List<String> asked) {
        try {
            List<RateLimitResult> results = new ArrayList<>(asked.size());
            // By index: this runs for every denied request, and an iterator would be garbage.
            for (int i = 0; i < asked.size(); i++) {
                LimitTake take = take(proven.stored(), asked.get(i));
                if (take != null) {
                    results.add(result(take, parts.limits().peek(take, moment())));
                }
            }
            return results;
        } catch (RuntimeException | Error outage) {
            FailureLog.tell(
                    log,
                    Level.WARN,
                    "the limits of request {} could not be read, and its decision has none",
                    request.requestId(),
                    outage);
            return null;
        }
    }

    /** {@return a request for a permit of each policy that has a limit} */
    private List<LimitTake> takes(VerifiedToken proven, List<String> asked) {
        List<LimitTake> takes = new ArrayList<>(asked.size());
        for (String policy : asked) {
            LimitTake take = take(proven.stored(), policy);
            if (take != null) {
                takes.add(take);
            }
        }
        return takes;
    }

    private @Nullable LimitTake take(StoredToken row, String policy) {
        LimitPlan plan = parts.dialect().limits();
        if (requirement.policies().contains(policy) && plan.lacks(policy)) {
            throw new IllegalStateException("unknown limit policy on the route: " + policy);
        }
        Optional<RateLimit> limit = plan.limit(policy, row.rateLimits());
        return limit.isEmpty() ? null : row.take(policy, limit.get());
    }
}
