package school.lectern.auth.systems.app;

import school.lectern.auth.decision.AuthError;

/** An error of a handler, which the client gets in the words of the system. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient AuthError error;

    Refusal(AuthError error) {
        super(error.kind().code());
        this.error = error;
    }

    AuthError error() {
        return error;
    }
}
