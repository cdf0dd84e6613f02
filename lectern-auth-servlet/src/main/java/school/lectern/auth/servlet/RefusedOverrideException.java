package school.lectern.auth.servlet;

import school.lectern.auth.decision.Decision.Denied;

/**
 * Ends the work of a handler or filter that reads a method override which the request's token does not allow. The filter
 * catches it and answers.
 */
final class RefusedOverrideException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient LecternAuthFilter filter;
    private final transient Denied denied;

    RefusedOverrideException(LecternAuthFilter filter, Denied denied) {
        super("the method override is denied: " + denied.error().kind(), null, false, false);
        this.filter = filter;
        this.denied = denied;
    }

    boolean isOf(LecternAuthFilter other) {
        return filter == other;
    }

    Denied denied() {
        return denied;
    }
}
