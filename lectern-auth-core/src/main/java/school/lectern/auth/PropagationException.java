package school.lectern.auth;

/**
 * The change was made, but that every process enforces it could not be waited for. The message says what prevented it. Within
 * the length of a lease, about a second, other processes may go on allowing what was allowed before.
 */
public final class PropagationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PropagationException(String why) {
        super(why);
    }
}
