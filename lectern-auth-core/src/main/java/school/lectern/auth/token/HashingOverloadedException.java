package school.lectern.auth.token;

import java.time.Duration;

/**
 * A slow hash was not run: too many run already, or too many secrets were tried against one token from one address. Says
 * nothing of the credential. Answered as a server error, with the time after which to try again.
 */
public final class HashingOverloadedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /** @param retryAfter rounded up to whole seconds, at least one */
    HashingOverloadedException(String message, Duration retryAfter) {
        // Without a stack trace: thrown in numbers, and just when there is no time to spare.
        super(message, null, false, false);
        this.retryAfter =
                Duration.ofSeconds(Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds()));
    }

    /** How long to wait before the next try: whole seconds, at least one. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
