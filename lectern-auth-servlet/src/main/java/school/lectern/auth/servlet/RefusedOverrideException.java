package school.lectern.auth.servlet;

import school.lectern.auth.http.HttpAnswer;

/**
 * Stops a handler or a filter that reads a method override that the request's token does not permit. The filter catches the
 * exception and sends the denial.
 */
final class RefusedOverrideException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient LecternAuthFilter filter;
    private final transient HttpAnswer answer;

    RefusedOverrideException(LecternAuthFilter filter, HttpAnswer answer) {
        super("the method override is denied with status " + answer.status(), null, false, false);
        this.filter = filter;
        this.answer = answer;
    }

    boolean isOf(LecternAuthFilter other) {
        return filter == other;
    }

    HttpAnswer answer() {
        return answer;
    }
}
