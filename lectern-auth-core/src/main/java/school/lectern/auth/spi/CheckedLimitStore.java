package school.lectern.auth.spi;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * A limit store whose answers are checked against the request, as {@link CheckedTokenStore} does it for tokens. No status, the
 * status of a limit with another number of permits, and a number of remaining permits that is not from zero to that number come
 * from a broken store: they are a {@link StorageException}, and neither an admission nor a refusal.
 */
public final class CheckedLimitStore implements LimitStore {

    private final LimitStore store;

    /** @param store the store whose answers are checked */
    public CheckedLimitStore(LimitStore store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    @Override
    public LimitStatus take(LimitKey key, RateLimit limit, Moment now) {
        return requested(store.take(key, limit, now), limit);
    }

    @Override
    public Reservation reserve(LimitKey key, RateLimit limit, Moment now) {
        Reservation reservation = store.reserve(key, limit, now);
        requested(reservation.status(), limit);
        return reservation;
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit, Moment now) {
        return requested(store.peek(key, limit, now), limit);
    }

    @Override
    public Optional<Clocks> clocks() {
        return store.clocks();
    }

    private static LimitStatus requested(@Nullable LimitStatus status, RateLimit limit) {
        if (status == null
                || status.limit() != limit.permits()
                || status.remaining() < 0
                || status.remaining() > limit.permits()
                || status.retryMillis() < 0) {
            throw new StorageException("the limit store is broken: it returned " + status + " for a limit of " + limit);
        }
        return status;
    }
}
