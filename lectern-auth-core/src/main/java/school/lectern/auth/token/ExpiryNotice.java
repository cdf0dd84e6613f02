package school.lectern.auth.token;

import java.time.Duration;
import java.time.Instant;

/**
 * A notice that a token will end soon. Each token row has the last notice that was claimed, so that one process gives it, also
 * after a restart.
 *
 * @param end the time at which the token ends, in whole milliseconds
 * @param ahead the configured time before the end from which on the notice is given; positive, in whole milliseconds
 */
public record ExpiryNotice(Instant end, Duration ahead) {

    /**
     * Creates a notice.
     *
     * @param end the time at which the token ends, in whole milliseconds
     * @param ahead the configured time before the end from which on the notice is given; positive, in whole milliseconds
     * @throws IllegalArgumentException if the time before the end is not positive
     */
    public ExpiryNotice {
        if (ahead.isNegative() || ahead.isZero()) {
            throw new IllegalArgumentException("ahead must be positive, was " + ahead);
        }
    }

    /**
     * {@return whether another notice is superfluous after this one} A notice of another end, after the end was moved, is
     * not. A notice with more time before the same end would say less.
     *
     * @param other the other notice
     */
    public boolean covers(ExpiryNotice other) {
        return end.equals(other.end) && ahead.compareTo(other.ahead) <= 0;
    }
}
