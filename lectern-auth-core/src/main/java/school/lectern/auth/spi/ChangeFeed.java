package school.lectern.auth.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.token.StoredToken;

/**
 * Reports the changes of a {@link TokenStore} to caches, and for how long a cache may serve its rows without polling again.
 * Every change that affects authorization has a sequence number, one higher than the number of the change before, in the order
 * in which changes became visible. Implementations are safe for use by many threads, may block, and throw
 * {@link StorageException} if they cannot return a result.
 *
 * <p>A cache polls the feed at short intervals. It may rely on the result of a poll for the length of a <em>lease</em>, counted
 * from before the poll. A caller that makes a change reads {@link #confirmation} afterward, and waits for its duration. Every
 * lease from before the change is then over: from then on, no cache serves the older state.
 */
public interface ChangeFeed {

    /**
     * {@return the changes after a position} A returned number includes all changes up to it: data that is read from the store
     * after this call has returned is at least as new as the number that the call returns.
     *
     * @param known the last position that the caller knows; {@link Position#NONE} if it knows none
     * @throws StorageException if the server cannot return a result, or is not the server that accepts changes: a read-only
     *     server, or a server that receives the changes of another server, grants no lease
     */
    Changes since(Position known);

    /**
     * {@return how long to wait, after a change was made, until the end of every lease that was granted without knowledge of
     * the change} Read it again for each change, after the change. The duration is zero if no lease is ever granted.
     */
    Confirmation confirmation();

    /**
     * How long a change has to wait, and the changes for which the wait is sufficient.
     *
     * @param newest the newest position when the wait was read; a change that was made before is part of its history
     * @param duration the longest time, from the read on, that a lease may last whose cache does not know all changes up to the
     *     position
     */
    record Confirmation(Position newest, Duration duration) {}

    /**
     * Reads from the server that accepts changes now whether it has every recent change of this process. Call it after the wait
     * for {@link #confirmation}: the result is false after a failover to a server that had not received all of the changes, or
     * after a restore.
     *
     * @return whether none of the changes is lost; the changes of at least the last {@code confirmation} are remembered
     * @throws StorageException under the conditions of {@link #since}
     */
    boolean hasOwnChanges();

    /**
     * Sets the length of leases, for all caches of the store. Returns once every change that is confirmed from then on waits
     * for no more than this length: a reduction takes as long as the older leases last.
     *
     * @param length the length, at most one minute; zero to grant no leases, so that caches read everything from the store
     * @throws IllegalArgumentException if it is negative, or longer than a minute
     * @throws StorageException if it cannot be set, or the thread is interrupted while older leases last; changes then wait for
     *     the longer of the two lengths until it is set again
     */
    void setLease(Duration length);

    /**
     * A position in the history of changes. Servers whose histories have diverged continue with the same sequence numbers, but
     * with different marks.
     *
     * @param number the number of changes up to the position
     * @param mark a random value of the newest of these changes; 0 if there was no change yet
     */
    record Position(long number, long mark) {
        /** The position of a caller that knows none. No history contains it. */
        public static final Position NONE = new Position(Long.MAX_VALUE, 0);
    }

    /**
     * The result of a poll.
     *
     * @param newest the newest position
     * @param lease how long this result may be relied on, counted from before the poll
     * @param changes the changes after the known position, in the order of their numbers; empty if that position is no longer
     *     part of the history, or is too old. Then any token may have changed
     * @param time the store's clock during the poll, in whole milliseconds; empty if the store has the clock of this process.
     *     Leases do not depend on it
     */
    record Changes(Position newest, Duration lease, Optional<List<Change>> changes, Optional<Instant> time) {
        /**
         * Copies the list of changes.
         *
         * @param newest the newest position
         * @param lease how long this result may be relied on, counted from before the poll
         * @param changes the changes after the known position, or empty if any token may have changed
         * @param time the store's clock during the poll, or empty if the store has the clock of this process
         */
        public Changes {
            changes = changes.map(List::copyOf);
        }

        /**
         * Creates the result of a store that has the clock of this process.
         *
         * @param newest the newest position
         * @param lease how long this result may be relied on, counted from before the poll
         * @param changes the changes after the known position, or empty if any token may have changed
         */
        public Changes(Position newest, Duration lease, Optional<List<Change>> changes) {
            this(newest, lease, changes, Optional.empty());
        }
    }

    /** The tokens that a change affects. */
    sealed interface Change {

        /**
         * {@return whether the change may affect a token}
         *
         * @param token the token as the cache has stored it
         */
        boolean concerns(StoredToken token);

        /**
         * A change of one token.
         *
         * @param tokenId the token's id
         */
        record OfToken(String tokenId) implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return token.id().equals(tokenId);
            }
        }

        /**
         * A change of all tokens of a tenant.
         *
         * @param tenantId the tenant's id
         */
        record OfTenant(String tenantId) implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return token.tenantId().equals(tenantId);
            }
        }

        /**
         * A change of all tokens of the group {@link TokenGroup.OfUser}. A token enters that group or leaves it only by a
         * change that names the token, so that a cache can determine the group's tokens from its stored rows.
         *
         * @param userId the application's id of the user
         */
        record OfUser(String userId) implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return new TokenGroup.OfUser(userId).holds(token);
            }
        }

        /** A change that may affect any token. */
        record OfAny() implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return true;
            }
        }

        /**
         * {@return the change of all tokens of a group} The change of a line is that of its tenant: lines are revoked
         * rarely, so it does not matter that caches also drop the other tokens of the tenant.
         *
         * @param group the group
         */
        static Change of(TokenGroup group) {
            if (group instanceof TokenGroup.OfUser user) {
                return new OfUser(user.userId());
            }
            return new OfTenant(
                    group instanceof TokenGroup.OfLine line
                            ? line.tenantId()
                            : ((TokenGroup.OfTenant) group).tenantId());
        }
    }
}
