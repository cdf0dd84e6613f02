package school.lectern.auth;

/**
 * The change was made, but the wait until every process enforces it failed. The message states the reason. For the length of a
 * lease, about a second, other processes may still allow requests by the state before the change.
 */
public final class PropagationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PropagationException(String why) {
        super(why);
    }
}
