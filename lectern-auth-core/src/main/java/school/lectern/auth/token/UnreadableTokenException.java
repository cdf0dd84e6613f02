package school.lectern.auth.token;

/**
 * Thrown when a stored token cannot be read or verified: the row is damaged, while the credential may be valid. The response
 * is a server error.
 */
public final class UnreadableTokenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message the problem, without any part of a secret or a hash
     */
    public UnreadableTokenException(String message) {
        super(message);
    }

    static UnreadableTokenException incomparable() {
        return new UnreadableTokenException(
                "a stored token has a hash of an algorithm that is not accepted, of a wrong length, or under a selector that"
                        + " is not the algorithm's");
    }
}
