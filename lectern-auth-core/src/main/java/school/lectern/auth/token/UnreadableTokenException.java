package school.lectern.auth.token;

/** A stored token cannot be read or judged: a broken row, not a wrong credential. Answered as a server error. */
public final class UnreadableTokenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, without any part of a secret or a hash */
    public UnreadableTokenException(String message) {
        super(message);
    }

    static UnreadableTokenException incomparable() {
        return new UnreadableTokenException(
                "a stored token has a hash of an algorithm that is not accepted, of a wrong length, or under a selector that"
                        + " is not the algorithm's");
    }
}
