package school.lectern.auth.token;

import java.time.Duration;

/**
 * Thrown when a slow hash is not run, because too many are already running, too many threads wait, or too many secrets were
 * tried against one token or from one client or site. It does not say whether the credential is valid. The response is a
 * server error with the time after which to retry.
 */
public final class HashingOverloadedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The time after which a client should try again. */
    private final Duration retryAfter;

    /** @param retryAfter the time until a retry makes sense; rounded up to whole seconds, at least one */
    HashingOverloadedException(String message, Duration retryAfter) {
        // Without a stack trace: it may be thrown often, while the processors are busy.
        super(message, null, false, false);
        this.retryAfter =
                Duration.ofSeconds(Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds()));
    }

    /** {@return how long to wait before the next try, in whole seconds, at least one} */
    public Duration retryAfter() {
        return retryAfter;
    }
}
