package school.lectern.auth.limit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request for one permit of a limit, from the counter of a key. Immutable, except for the counter that a store may
 * remember in it. Safe for use by many threads.
 */
public final class LimitTake {

    // Not a LimitKey, so that a decision reads one object fewer.
    private final String subject;
    private final String policy;
    private final RateLimit limit;

    /** Volatile, so that another thread never sees a counter that is not completely initialized. */
    private volatile @Nullable Object counter;

    private LimitTake(LimitKey key, RateLimit limit) {
        this.subject = key.subject();
        this.policy = key.policy();
        this.limit = Objects.requireNonNull(limit, "limit");
    }

    /**
     * {@return a request for one permit}
     *
     * @param key the key whose permits are counted
     * @param limit the limit, whose {@linkplain RateLimit#shape shape} selects the counter of the key
     */
    public static LimitTake of(LimitKey key, RateLimit limit) {
        return new LimitTake(key, limit);
    }

    /** {@return the key whose permits are counted} */
    public LimitKey key() {
        return new LimitKey(subject, policy);
    }

    /** {@return the subject of the key} */
    public String subject() {
        return subject;
    }

    /** {@return the policy of the key} */
    public String policy() {
        return policy;
    }

    /** {@return the limit} */
    public RateLimit limit() {
        return limit;
    }

    /**
     * {@return the counter that a store remembered in this object, or null} A cached token makes the same request again and
     * again, and a store that counts in memory then need not search for the counter. It may be the counter of another store,
     * or one that is no longer in use: the store has to check both.
     */
    public @Nullable Object counter() {
        return counter;
    }

    /**
     * Remembers the counter of this request.
     *
     * @param found the counter, in a form that its store recognizes
     */
    public void remember(Object found) {
        counter = found;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LimitTake that
                && subject.equals(that.subject)
                && policy.equals(that.policy)
                && limit.equals(that.limit);
    }

    @Override
    public int hashCode() {
        return Objects.hash(subject, policy, limit);
    }

    @Override
    public String toString() {
        return "LimitTake[subject=" + subject + ", policy=" + policy + ", limit=" + limit + "]";
    }
}
