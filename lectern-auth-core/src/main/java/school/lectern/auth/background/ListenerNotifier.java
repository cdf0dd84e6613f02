package school.lectern.auth.background;

import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.ExposedToken;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** Notifies the application's listener of events in the life of tokens, and logs what the listener throws. */
public final class ListenerNotifier {

    private static final Logger log = LoggerFactory.getLogger(ListenerNotifier.class);

    private static final String EXPIRY = "upcoming expiry";

    private final @Nullable AuthListener listener;
    private final Executor background;

    /**
     * Creates the notifier.
     *
     * @param listener the listener, or null for none
     * @param background the executor for notifications of events that no caller caused, so that a slow listener delays nothing
     *     else
     */
    public ListenerNotifier(@Nullable AuthListener listener, Executor background) {
        this.listener = listener;
        this.background = background;
    }

    /** {@return whether there is a listener} */
    public boolean isHeard() {
        return listener != null;
    }

    /**
     * Notifies the listener, in this thread, that a token was issued or imported.
     *
     * @param token the new row
     */
    public void issued(StoredToken token) {
        notifyNow("issue", token, listener -> listener.issued(Token.of(token)));
    }

    /**
     * Notifies the listener, in the background, that a token was used for the first time.
     *
     * @param token the row
     * @param at the time of the use
     */
    public void firstUsed(StoredToken token, Instant at) {
        boolean unused =
                notifyInBackground("first use", token.id(), listener -> listener.firstUsed(Token.of(token), at));
    }

    /**
     * Notifies the listener, in this thread, that a token was rotated.
     *
     * @param predecessor the row of the rotated token
     * @param successor the row of the new token
     */
    public void rotated(StoredToken predecessor, StoredToken successor) {
        notifyNow("rotation", predecessor, listener -> listener.rotated(Token.of(predecessor), Token.of(successor)));
    }

    /**
     * Notifies the listener, in this thread, that a token was disabled, or was enabled again.
     *
     * @param token the changed row
     */
    public void disabledOrEnabled(StoredToken token) {
        if (token.isDisabled()) {
            notifyNow("disabling", token, listener -> listener.disabled(Token.of(token)));
        } else {
            notifyNow("enabling", token, listener -> listener.enabled(Token.of(token)));
        }
    }

    /**
     * Notifies the listener, in this thread, that a token was revoked.
     *
     * @param token the row
     */
    public void revoked(StoredToken token) {
        notifyNow("revocation", token, listener -> listener.revoked(Token.of(token)));
    }

    /**
     * Notifies the listener, in the background, that a revoked token was presented with its right secret.
     *
     * @param token the row
     * @param address the address from which the request came, or null if it is unknown
     * @param at the time of the denial
     */
    public void revokedUsed(StoredToken token, @Nullable IpAddress address, Instant at) {
        boolean unused = notifyInBackground(
                "use after revocation", token.id(), listener -> listener.revokedUsed(Token.of(token), address, at));
    }

    /**
     * Notifies the listener, in the background, that the line of a token was revoked because the token was used after its
     * bearer had replaced it.
     *
     * @param token the row
     * @param address the address from which the request came, or null if it is unknown
     * @param at the time of the use
     */
    public void reuseDetected(StoredToken token, @Nullable IpAddress address, Instant at) {
        boolean unused = notifyInBackground(
                "reuse", token.id(), listener -> listener.reuseDetected(Token.of(token), address, at));
    }

    /**
     * Notifies the listener, in the background, that a token will end soon, if the notice is claimed immediately before.
     *
     * @param token the row
     * @param notice the notice
     * @param claim claims the notice for this process; returns false if another process has claimed it. If it throws, the
     *     listener is not notified
     * @return false if the listener's queue is full, so that the notice will not be claimed
     */
    public boolean expiring(StoredToken token, ExpiryNotice notice, BooleanSupplier claim) {
        return inBackground(EXPIRY, token.id(), () -> {
            if (isClaimed(token, claim)) {
                notifyNow(EXPIRY, token, listener -> listener.expiring(Token.of(token), notice));
            }
        });
    }

    private static boolean isClaimed(StoredToken token, BooleanSupplier claim) {
        try {
            return claim.getAsBoolean();
        } catch (RuntimeException | Error broken) {
            log.warn(
                    "the notice of the {} of token {} could not be claimed; will retry",
                    EXPIRY,
                    token.id(),
                    RedactedFailure.of(broken));
            return false;
        }
    }

    /**
     * Notifies the listener, in the background, that a request over insecure transport presented a token.
     *
     * @param exposed the presented token
     */
    public void exposed(ExposedToken exposed) {
        boolean unused = notifyInBackground("exposure", exposed.shown(), listener -> listener.exposed(exposed));
    }

    private interface Notification {
        void sendTo(AuthListener listener);
    }

    private boolean notifyInBackground(String what, String token, Notification notification) {
        return inBackground(what, token, () -> notifyNow(what, token, notification));
    }

    private boolean inBackground(String what, String token, Runnable task) {
        try {
            if (isHeard()) {
                background.execute(task);
            }
            return true;
        } catch (RejectedExecutionException tooMuch) {
            log.error("the listener was not notified of the {} of token {}: its queue is full", what, token);
            return false;
        }
    }

    private void notifyNow(String what, StoredToken token, Notification notification) {
        notifyNow(what, token.id(), notification);
    }

    private void notifyNow(String what, String token, Notification notification) {
        if (listener == null) {
            return;
        }
        try {
            notification.sendTo(listener);
        } catch (Throwable broken) {
            log.error("the listener failed at the {} of token {}", what, token, RedactedFailure.of(broken));
        }
    }
}
