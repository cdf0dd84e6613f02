package school.lectern.auth.spi;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * A limit store that checks the results of another store against the request, as {@link CheckedTokenStore} does for tokens. The
 * following results come from a broken store: no status, the status of a limit with another number of permits, a number of
 * remaining permits that is not from zero to that number, a negative time until a retry, and more or fewer statuses than
 * limits. Such a result is a {@link StorageException}, and neither an admission nor a refusal.
 */
public final class CheckedLimitStore implements LimitStore {

    private final LimitStore store;

    /** @param store the store whose results are checked */
    public CheckedLimitStore(LimitStore store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    @Override
    public LimitStatus take(LimitTake take, Moment now) {
        return requested(store.take(take, now), take.limit());
    }

    @Override
    public List<LimitStatus> take(List<LimitTake> takes, Moment now) {
        List<LimitStatus> statuses = store.take(takes, now);
        if (statuses == null || statuses.size() != takes.size()) {
            throw new StorageException(
                    "the limit store is broken: it returned " + statuses + " for " + takes.size() + " limits");
        }
        for (int i = 0; i < takes.size(); i++) {
            requested(statuses.get(i), takes.get(i).limit());
        }
        return statuses;
    }

    @Override
    public Reservation reserve(LimitTake take, Moment now) {
        Reservation reservation = store.reserve(take, now);
        requested(reservation.status(), take.limit());
        return reservation;
    }

    @Override
    public LimitStatus peek(LimitTake take, Moment now) {
        return requested(store.peek(take, now), take.limit());
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
