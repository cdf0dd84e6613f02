package school.lectern.auth.spi;

import java.time.Instant;
import java.util.Objects;

/**
 * The constraints that a store checks, in the same step, on a token that it inserts or changes.
 *
 * @param at the time at which other tokens count as active; irrelevant without a constraint
 * @param uniqueName whether no other token of the tenant which is active at that time may have the name, except the tokens that
 *     it was rotated to or from
 * @param live the maximum numbers of live tokens
 */
public record TokenConstraints(Instant at, boolean uniqueName, LiveTokenLimits live) {

    private static final TokenConstraints NONE = new TokenConstraints(Instant.EPOCH, false, LiveTokenLimits.NONE);

    /**
     * Creates constraints.
     *
     * @param at the time at which other tokens count as active; irrelevant without a constraint
     * @param uniqueName whether no other active token of the tenant may have the name
     * @param live the maximum numbers of live tokens
     */
    public TokenConstraints {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(live, "live");
    }

    /** {@return no constraints} */
    public static TokenConstraints none() {
        return NONE;
    }

    /**
     * {@return the constraint that no other token of the tenant which is active at a time has the name, except the tokens that
     * it was rotated to or from}
     *
     * @param now the time
     */
    public static TokenConstraints uniqueName(Instant now) {
        return new TokenConstraints(now, true, LiveTokenLimits.NONE);
    }

    /**
     * {@return the constraint that a change does not make the number of live tokens exceed a maximum}
     *
     * @param now the time at which tokens count as live
     * @param limits the maximum numbers
     */
    public static TokenConstraints maxLive(Instant now, LiveTokenLimits limits) {
        return new TokenConstraints(now, false, limits);
    }

    /** {@return whether there is no constraint} A store that locks a tenant to check its constraints then need not do so. */
    public boolean isEmpty() {
        return !uniqueName && live.isEmpty();
    }
}
