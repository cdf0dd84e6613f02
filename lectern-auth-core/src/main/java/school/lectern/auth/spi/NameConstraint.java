package school.lectern.auth.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a store has to see to about the name of a token that it keeps or changes.
 *
 * @param uniqueAt the time at which no other active token of the tenant may have the name; null if names are free
 */
public record NameConstraint(@Nullable Instant uniqueAt) {

    private static final NameConstraint FREE = new NameConstraint(null);

    /** Any name will do. */
    public static NameConstraint free() {
        return FREE;
    }

    /** No other token of the tenant that is active at that time may have the name, but for those it was rotated to or from. */
    public static NameConstraint uniqueAt(Instant now) {
        return new NameConstraint(now);
    }
}
