package school.lectern.auth.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.Token;

/**
 * Listens to token lifecycle events, for example to notify the tokens' owners. It is called after the event, by this process
 * for its own events; the audit log is the complete record. An exception of a listener is logged, and has no other effect.
 *
 * <p>Implementations must be safe for use by many threads. {@link #issued}, {@link #rotated}, {@link #disabled},
 * {@link #enabled} and {@link #revoked} are called by the thread that made the change, so they should not take long; the other
 * methods are called by a thread of the library.
 */
public interface AuthListener {

    /**
     * Called after a token was issued or imported. For a rotation, {@link #rotated} is called instead.
     *
     * @param token the new token
     */
    default void issued(Token token) {}

    /**
     * Called after the first use of a token: once, by the process that is the first to record a use. Not called, but logged, if
     * thousands of other notices wait for the listener.
     *
     * @param token the token
     * @param at the time of the use
     */
    default void firstUsed(Token token, Instant at) {}

    /**
     * Called after a token was rotated.
     *
     * @param predecessor the old token
     * @param successor the new token
     */
    default void rotated(Token predecessor, Token successor) {}

    /**
     * Called after a token was disabled.
     *
     * @param token the disabled token
     */
    default void disabled(Token token) {}

    /**
     * Called after a disabled token was enabled again.
     *
     * @param token the enabled token
     */
    default void enabled(Token token) {}

    /**
     * Called after a token was revoked, by itself or with others.
     *
     * @param token the revoked token
     */
    default void revoked(Token token) {}

    /**
     * Called when a revoked token is presented with its right secret: its holder has not noticed the revocation, or has stolen
     * the token. Each process calls this for the first such request in an hour from the same IPv4 address or IPv6 /64. Not
     * called, but logged, if thousands of other notices wait for the listener.
     *
     * @param token the revoked token
     * @param address the address that the request came from; null if unknown
     * @param at the time of the refusal
     */
    default void revokedUsed(Token token, @Nullable IpAddress address, Instant at) {}

    /**
     * Called when a request over insecure transport presented a token, and was denied because
     * {@linkplain school.lectern.auth.LecternAuthBuilder#requireSecureTransport secure transport is required}. Any party
     * between the client and the server could read the token, so it should be revoked. The library has not looked it up: it
     * may be any text of the form of a token. Each process calls this for the first such request in an hour with the same
     * text from the same IPv4 /24 or IPv6 /64, for at most 100 texts from one such network and 10,000 in total. Not called,
     * but logged, if thousands of other notices wait for the listener.
     *
     * <pre>{@code
     * auth.acrossTenants().revokePresented(exposed.token());  // revokes it if its secret is that of a token
     * }</pre>
     *
     * @param exposed the presented token
     */
    default void exposed(ExposedToken exposed) {}

    /**
     * Called when a token was used although its bearer had replaced it, and its line was therefore revoked: once, by the
     * process that revoked the line, after {@link #revoked} was called for each of its tokens. Called only if
     * {@linkplain school.lectern.auth.LecternAuthBuilder#detectReuse reuse is detected}. Not called, but logged, if
     * thousands of other notices wait for the listener.
     *
     * @param token the token that was used
     * @param address the address that the request came from; null if unknown
     * @param at the time of the use
     */
    default void reuseDetected(Token token, @Nullable IpAddress address, Instant at) {}

    /**
     * Called when a token will end soon: for each of the {@linkplain school.lectern.auth.LecternAuthBuilder#expiryNotices
     * configured times}, by one of the processes that share the storage. If several of these times have passed, it is called
     * only for the shortest one. After the end was moved, the notices begin again. The notice is recorded before this method
     * is called, so it is lost if the process dies in between. Each process searches every ten minutes, so this may not be
     * called for a token that ends less than ten minutes after its end was set.
     *
     * @param token the token that will end
     * @param notice the time of its end, and the configured time before it. The end is the earliest of the expiry, the end of
     *     the grace period, and the maximum lifetime
     */
    default void expiring(Token token, ExpiryNotice notice) {}
}
