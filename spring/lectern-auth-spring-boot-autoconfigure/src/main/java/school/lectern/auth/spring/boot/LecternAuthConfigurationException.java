package school.lectern.auth.spring.boot;

import org.jspecify.annotations.Nullable;

/** A setting that stops the start of the application. {@link LecternAuthFailureAnalyzer} prints its two parts. */
final class LecternAuthConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String action;

    LecternAuthConfigurationException(String problem, String action) {
        this(problem, action, null);
    }

    LecternAuthConfigurationException(String problem, String action, @Nullable Throwable cause) {
        super(problem + ": " + action, cause);
        this.problem = problem;
        this.action = action;
    }

    String problem() {
        return problem;
    }

    String action() {
        return action;
    }
}
