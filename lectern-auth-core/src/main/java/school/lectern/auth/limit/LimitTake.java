package school.lectern.auth.limit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request for one permit of a limit, from the counter of a key. Immutable, except for the counter that a store may remember in
 * it. Safe for use by many threads.
 */
public final class LimitTake {

    private final LimitKey key;
    private final RateLimit limit;

    /** Volatile, so that another thread never sees a counter that is not completely initialized. */
    private volatile @Nullable Object counter;

    private LimitTake(LimitKey key, RateLimit limit) {
        this.key = Objects.requireNonNull(key, "key");
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
        return key;
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
        return other instanceof LimitTake that && key.equals(that.key) && limit.equals(that.limit);
    }

    @Override
    public int hashCode() {
        return key.hashCode() * 31 + limit.hashCode();
    }

    @Override
    public String toString() {
        return "LimitTake[key=" + key + ", limit=" + limit + "]";
    }
}
