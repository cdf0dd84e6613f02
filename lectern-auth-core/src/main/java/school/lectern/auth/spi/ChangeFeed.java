package school.lectern.auth.spi;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.token.StoredToken;

/**
 * Tells caches what has changed in a {@link TokenStore}, and for how long they may answer without asking again. Every change of
 * what decides has a number, one higher than the one before, in the order in which changes became visible. Implementations are
 * safe for use by many threads, may block, and throw {@link StorageException} when they cannot answer.
 *
 * <p>A cache asks at short intervals. What it was told, it may rely on for the length of a <em>lease</em>, counted from before
 * it asked. Whoever makes a change and waits for {@link #confirmation} afterwards knows that every lease from before the change
 * is over: from then on, no cache answers by the older state.
 */
public interface ChangeFeed {

    /**
     * What has changed after a position. To see a number is to see the changes up to it: whatever is read from the store after
     * this call has returned is at least as new as the number that it returns.
     *
     * @param known the last position that the caller knows; {@link Position#NONE} if it knows none
     * @throws StorageException if the server cannot answer, or is not the one that takes changes: a read-only server, or one that
     *     receives the changes of another server, gives no lease
     */
    Changes since(Position known);

    /**
     * How long to wait, after a change was made, for every lease to end that was given by who did not know of the change. Read
     * anew each time, after the change. Zero where no lease is ever given.
     */
    Confirmation confirmation();

    /**
     * How long a change has to wait, and for which changes that holds.
     *
     * @param newest the newest position when the wait was read; a change that was made before is part of its history
     * @param duration how long from then on leases may last whose caches do not know of all changes up to the position
     */
    record Confirmation(Position newest, Duration duration) {}

    /**
     * Reads from the server that takes changes now whether it has every change that this process made of late. Called after the
     * wait for {@link #confirmation}: false after a failover to a server that had not received all of them, or a restore.
     *
     * @return whether none of them is lost. Changes of the last {@code confirmation}, at least, are remembered
     * @throws StorageException as {@link #since}
     */
    boolean hasOwnChanges();

    /**
     * Sets the length of leases, for all caches of the store. Returns when every change that is confirmed from now on waits for
     * no more than this: a shorter length takes as long as the older leases last.
     *
     * @param length zero to give no leases: then caches read everything from the store
     * @throws IllegalArgumentException if it is negative, or longer than a minute
     * @throws StorageException if it cannot be set, or the thread is interrupted while older leases last; then changes wait for
     *     the longer of the two until it is set again
     */
    void setLease(Duration length);

    /**
     * A place in the history of changes. Servers whose histories went apart count on with the same numbers; their marks differ.
     *
     * @param number how many changes there were
     * @param mark what the newest of these changes drew at random; 0 if there was none yet
     */
    record Position(long number, long mark) {
        /** The position of a caller that knows none. No history has it. */
        public static final Position NONE = new Position(Long.MAX_VALUE, 0);
    }

    /**
     * An answer.
     *
     * @param newest the newest position
     * @param lease for how long this answer may be relied on, from before it was asked for
     * @param changes what has changed since the known position, in the order of the numbers; empty if that position is not part of
     *     the history any more, or too long ago. Then any token may have changed
     */
    record Changes(Position newest, Duration lease, Optional<List<Change>> changes) {
        /** Copies what could change. */
        public Changes {
            changes = changes.map(List::copyOf);
        }
    }

    /** What a number has changed. */
    sealed interface Change {

        /** Returns whether the change may be one of that token, as a cache has it. */
        boolean concerns(StoredToken token);

        /**
         * A token.
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
         * All tokens of a tenant.
         *
         * @param tenantId the tenant
         */
        record OfTenant(String tenantId) implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return token.tenantId().equals(tenantId);
            }
        }

        /**
         * All tokens of the group {@link TokenGroup.OfUser}. A token enters that group or leaves it only by a change that names
         * the token, so that a cache finds the group's tokens by what it has stored of them.
         *
         * @param userId the application's id of the user
         */
        record OfUser(String userId) implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return new TokenGroup.OfUser(userId).holds(token);
            }
        }

        /** It may be any token. */
        record OfAny() implements Change {
            @Override
            public boolean concerns(StoredToken token) {
                return true;
            }
        }

        /** Returns the change of all tokens of a group. */
        static Change of(TokenGroup group) {
            return group instanceof TokenGroup.OfTenant tenant
                    ? new OfTenant(tenant.tenantId())
                    : new OfUser(((TokenGroup.OfUser) group).userId());
        }
    }
}
