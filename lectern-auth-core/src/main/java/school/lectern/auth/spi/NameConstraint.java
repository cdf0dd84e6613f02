package school.lectern.auth.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The constraint on the name of a token that a store inserts or changes.
 *
 * @param uniqueAt the time at which no other active token of the tenant may have the name; null if names need not be unique
 */
public record NameConstraint(@Nullable Instant uniqueAt) {

    private static final NameConstraint FREE = new NameConstraint(null);

    /** {@return the constraint that allows any name} */
    public static NameConstraint free() {
        return FREE;
    }

    /**
     * {@return the constraint that no other token of the tenant which is active at a time has the name, except the tokens that
     * it was rotated to or from}
     *
     * @param now the time
     */
    public static NameConstraint uniqueAt(Instant now) {
        return new NameConstraint(now);
    }
}
