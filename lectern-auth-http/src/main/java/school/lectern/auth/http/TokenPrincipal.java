package school.lectern.auth.http;

import java.security.Principal;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.VerifiedToken;
import school.lectern.auth.version.ApiVersion;

/** The token behind a request: its tenant, its scopes, and whether it is still valid. Immutable. */
public final class TokenPrincipal implements Principal {

    private final Allowed decision;

    private final ScopeGrammar grammar;
    private final Supplier<Decision> recheck;
    private final Function<GracePeriod, Outcome<IssuedToken>> rotation;

    /**
     * @param grammar the grammar of the token's scopes
     * @param recheck decides about the request again
     * @param rotation rotates the token of the request
     */
    TokenPrincipal(
            Allowed decision,
            ScopeGrammar grammar,
            Supplier<Decision> recheck,
            Function<GracePeriod, Outcome<IssuedToken>> rotation) {
        this.decision = decision;
        this.grammar = grammar;
        this.recheck = recheck;
        this.rotation = rotation;
    }

    /** {@return the token's id} */
    @Override
    public String getName() {
        return decision.token().id();
    }

    /** {@return the id of the tenant that the token belongs to} */
    public String tenantId() {
        return token().tenantId();
    }

    /**
     * {@return whether the token has a scope, or a scope that implies it or covers it as a pattern}
     *
     * @param scope one scope, such as {@code read:learners}
     * @throws IllegalArgumentException if the text is not a scope
     */
    public boolean hasScope(String scope) {
        return grammar.covers(token().scopes(), Scope.of(scope));
    }

    /**
     * {@return the error if the token does not have the scopes of a requirement, otherwise empty} Nothing else of the
     * requirement is checked.
     *
     * @param needed the requirement
     */
    public Optional<AuthError> insufficientScope(Requirement needed) {
        ScopeSet held = token().scopes();
        return needed.isCoveredBy(held, grammar)
                ? Optional.empty()
                : Optional.of(needed.insufficientScope(held, grammar));
    }

    /**
     * {@return the scopes of the token and the scopes that they imply, as literal names} A name that the dialect does not
     * have is left out. See {@link ScopeGrammar#expand}.
     */
    public ScopeSet effectiveScopes() {
        return grammar.expand(token().scopes());
    }

    /** {@return the verified token, with its environment, scopes and metadata} */
    public VerifiedToken token() {
        return decision.token();
    }

    /** {@return the version of the API that applies to the request, or empty if the API has no versions} */
    public Optional<ApiVersion> version() {
        return decision.version();
    }

    /**
     * Decides about the request again, for a handler that runs for a long time: changes of the token since the first decision
     * apply, no permit is consumed, and no audit row is written. May be called from any thread until the request ends.
     *
     * @return the error with which the handler must stop, or empty if it may continue
     */
    public Optional<AuthError> recheck() {
        return recheck.get() instanceof Denied denied ? Optional.of(denied.error()) : Optional.empty();
    }

    /**
     * Rotates the token of the request, for its bearer, as {@link LecternAuth#rotateSelf} describes. May be called from any
     * thread until the request ends; blocks for as long as the storage does.
     *
     * @param gracePeriod how long the token of the request remains valid, for example a minute
     * @return the successor with its secret, which cannot be read again, or a refusal
     * @throws StorageException if the storage fails; it is then unknown whether the token was rotated
     */
    public Outcome<IssuedToken> rotateSelf(GracePeriod gracePeriod) {
        return rotation.apply(gracePeriod);
    }

    /** {@return the request's id} */
    public String requestId() {
        return decision.requestId();
    }

    @Override
    public String toString() {
        return "TokenPrincipal[" + getName() + "]";
    }
}
