package school.lectern.auth.scope;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What somebody may hand on to a token that they mint. Authority is only ever attenuated: a token never holds more than
 * its minter may grant, also for resources that the grant does not name. Immutable.
 */
public final class Grant {

    private static final Grant EVERYTHING = new Grant(null);

    /** Null: no ceiling. */
    private final @Nullable ScopeSet ceiling;

    private Grant(@Nullable ScopeSet ceiling) {
        this.ceiling = ceiling;
    }

    /** The grant of an administrator, who may hand on any permission there is. */
    public static Grant everything() {
        return EVERYTHING;
    }

    /** The grant of somebody who may hand on these permissions, and no other. */
    public static Grant of(ScopeSet scopes) {
        return new Grant(scopes);
    }

    /** The part of the wish that this grant can hand on. */
    public ScopeSet attenuate(ScopeSet wanted) {
        return ceiling == null ? wanted : wanted.intersection(ceiling);
    }

    /** The part of the wish that goes beyond this grant; empty if it can be met whole. */
    public ScopeSet excess(ScopeSet wanted) {
        return ceiling == null ? ScopeSet.none() : wanted.difference(ceiling);
    }

    /** The permissions that can be handed on, or empty if there is no ceiling. */
    public Optional<ScopeSet> ceiling() {
        return Optional.ofNullable(ceiling);
    }

    @Override
    public String toString() {
        return ceiling == null ? "Grant[everything]" : "Grant[" + ceiling + "]";
    }
}
