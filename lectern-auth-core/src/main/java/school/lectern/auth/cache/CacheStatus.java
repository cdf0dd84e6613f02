package school.lectern.auth.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.ChangeFeed.Position;

/**
 * What a cache knows of the changes of other processes, at one moment: for the health of an application. Reading it queries
 * nothing. Immutable.
 */
public final class CacheStatus {

    private final Position position;
    private final Duration leaseAge;
    private final boolean leaseLive;
    private final boolean failing;
    private final @Nullable PollFailure lastFailure;

    /**
     * A poll that failed.
     *
     * @param at the time at which it had failed
     * @param text the class of the failure and its text without data
     */
    record PollFailure(Instant at, String text) {}

    CacheStatus(
            Position position,
            Duration leaseAge,
            boolean leaseLive,
            boolean failing,
            @Nullable PollFailure lastFailure) {
        this.position = position;
        this.leaseAge = leaseAge;
        this.leaseLive = leaseLive;
        this.failing = failing;
        this.lastFailure = lastFailure;
    }

    /** {@return the number of the newest change that the cache has applied, or empty if no poll has succeeded} */
    public OptionalLong changeNumber() {
        return position.equals(Position.NONE) ? OptionalLong.empty() : OptionalLong.of(position.number());
    }

    /** {@return the time since the start of the poll that last renewed the lease, or since the start of the cache} */
    public Duration leaseAge() {
        return leaseAge;
    }

    /** {@return whether the cache may answer from memory} Otherwise, each look-up queries the storage. */
    public boolean isLeaseLive() {
        return leaseLive;
    }

    /** {@return whether the last poll failed} */
    public boolean isFailing() {
        return failing;
    }

    /**
     * {@return the class of the last failure of a poll and its text without data, in one line, or empty if no poll has failed}
     * It remains after later polls have succeeded.
     */
    public Optional<String> lastError() {
        return Optional.ofNullable(lastFailure).map(PollFailure::text);
    }

    /** {@return the time of the last failure of a poll, in whole milliseconds, or empty if no poll has failed} */
    public Optional<Instant> lastErrorAt() {
        return Optional.ofNullable(lastFailure).map(PollFailure::at);
    }

    @Override
    public String toString() {
        return "CacheStatus[position " + position + ", lease " + (leaseLive ? "live" : "not live") + ", age " + leaseAge
                + (failing ? ", failing" : "") + "]";
    }
}
