package school.lectern.auth.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.token.Token;

/**
 * Hears what becomes of tokens, for example to write to their owners. Told after the fact, by this process of what it did
 * itself; the audit log is the record of everything. What a listener throws is logged, and changes nothing.
 *
 * <p>Safe for use by many threads. {@link #issued}, {@link #rotated} and {@link #revoked} are called by the thread that made
 * the change, so they should not take long; the others by a thread of the library's own.
 */
public interface AuthListener {

    /** A token was made or imported; of a rotation, {@link #rotated} is called instead. */
    default void issued(Token token) {}

    /**
     * A token was used for the first time. Told once, whichever process notes the use first; not told, but logged, where
     * thousands of other notices wait for the listener.
     */
    default void firstUsed(Token token, Instant at) {}

    /** A token was given a successor. */
    default void rotated(Token predecessor, Token successor) {}

    /** A token was revoked, by itself or with others. */
    default void revoked(Token token) {}

    /**
     * Called when a revoked token is presented with its right secret: its holder has not noticed the revocation, or has stolen
     * the token. Each process calls this for the first such request in an hour from the same IPv4 address or IPv6 /64. Not
     * called, but logged, where thousands of other notices wait for the listener.
     *
     * @param address where the request came from; null if that is not known
     * @param at when the request was refused
     */
    default void revokedUsed(Token token, @Nullable IpAddress address, Instant at) {}

    /** A token will end soon, at {@link Token#effectiveExpiry}. Told at least once, by every process and after each start. */
    default void expiring(Token token) {}
}
