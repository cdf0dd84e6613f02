package school.lectern.auth.http;

/**
 * Signals that a rule of {@link RouteRules} names a limit policy, a scope or an environment that the dialect does not have,
 * or would be unlimited by mistake.
 */
public final class MisfitRulesException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    MisfitRulesException(String message) {
        super(message);
    }
}
