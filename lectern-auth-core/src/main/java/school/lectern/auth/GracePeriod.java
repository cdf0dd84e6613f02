package school.lectern.auth;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How long a token remains valid after its rotation, in addition to its successor. Immutable. */
public final class GracePeriod {

    private static final GracePeriod NONE = new GracePeriod(Duration.ZERO);
    private static final GracePeriod UNTIL_REVOKED = new GracePeriod(null);

    private final @Nullable Duration length;

    private GracePeriod(@Nullable Duration length) {
        this.length = length;
    }

    /** {@return the grace period of length zero: the old token ends with the rotation} */
    public static GracePeriod none() {
        return NONE;
    }

    /**
     * {@return a grace period}
     *
     * @param length zero or more
     * @throws IllegalArgumentException if the length is negative
     */
    public static GracePeriod of(Duration length) {
        if (length.isNegative()) {
            throw new IllegalArgumentException("the length of a grace period must not be negative, was " + length);
        }
        return new GracePeriod(length);
    }

    /** {@return the grace period that lasts until the old token is revoked or expires} */
    public static GracePeriod untilRevoked() {
        return UNTIL_REVOKED;
    }

    /** {@return the length, or empty if the grace period lasts until the old token is revoked} */
    public Optional<Duration> length() {
        return Optional.ofNullable(length);
    }

    /** {@return whether the old token ends with the rotation} */
    public boolean isNone() {
        return length != null && length.isZero();
    }

    @Override
    public String toString() {
        return length == null ? "until revoked" : length.toString();
    }
}
