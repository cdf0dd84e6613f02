package school.lectern.auth.limit;

import java.util.Objects;

/** A request for one permit of a limit, from the counter of a key. Immutable. */
public final class LimitTake {

    private final LimitKey key;
    private final RateLimit limit;

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
