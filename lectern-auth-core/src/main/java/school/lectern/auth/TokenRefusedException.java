package school.lectern.auth;

import school.lectern.auth.decision.AuthError;

/** Thrown by {@link Outcome#orElseThrow} if an operation was refused. Nothing was changed. */
public final class TokenRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient AuthError error;

    TokenRefusedException(AuthError error) {
        super("the operation was refused: " + error);
        this.error = error;
    }

    /** {@return the reason, which a dialect can render for a client} */
    public AuthError error() {
        return error;
    }
}
