package school.lectern.auth;

import java.time.Instant;
import java.util.Optional;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.token.StoredToken;

/** Decides whether an actor may grant a token its authority. */
final class GrantCheck {

    private final Dialect dialect;

    GrantCheck(Dialect dialect) {
        this.dialect = dialect;
    }

    /** {@return the refusal if the actor may not grant the whole token, otherwise empty} */
    Optional<AuthError> refusal(StoredToken token, Instant now, Actor actor) {
        return refusal(TokenAuthority.of(token, dialect), now, actor);
    }

    Optional<AuthError> refusal(TokenAuthority wanted, Instant now, Actor actor) {
        return TokenAuthority.of(actor.grant(), dialect, now).covers(wanted, dialect.scopes())
                ? Optional.empty()
                : Optional.of(AuthError.of(Kind.FORBIDDEN));
    }

    /** {@return whether the changed token allows anything that the original token does not allow} */
    boolean isWidened(StoredToken token, StoredToken changed) {
        return !TokenAuthority.of(token, dialect).covers(TokenAuthority.of(changed, dialect), dialect.scopes());
    }
}
