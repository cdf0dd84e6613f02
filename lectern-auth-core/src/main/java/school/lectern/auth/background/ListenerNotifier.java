package school.lectern.auth.background;

import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** Notifies the application's listener of events in the life of tokens, and logs what the listener throws. */
public final class ListenerNotifier {

    private static final Logger log = LoggerFactory.getLogger(ListenerNotifier.class);

    private final @Nullable AuthListener listener;
    private final Executor elsewhere;

    /**
     * Creates the notifier.
     *
     * @param listener the listener, or null for none
     * @param elsewhere the executor for notifications of events that no caller caused, so that a slow listener delays nothing
     *     else
     */
    public ListenerNotifier(@Nullable AuthListener listener, Executor elsewhere) {
        this.listener = listener;
        this.elsewhere = elsewhere;
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
        tell("issue", token, ear -> ear.issued(Token.of(token)));
    }

    /**
     * Notifies the listener, in the background, that a token was used for the first time.
     *
     * @param token the row
     * @param at the time of the use
     */
    public void firstUsed(StoredToken token, Instant at) {
        boolean unused = tellElsewhere("first use", token, ear -> ear.firstUsed(Token.of(token), at));
    }

    /**
     * Notifies the listener, in this thread, that a token was rotated.
     *
     * @param predecessor the row of the rotated token
     * @param successor the row of the new token
     */
    public void rotated(StoredToken predecessor, StoredToken successor) {
        tell("rotation", predecessor, ear -> ear.rotated(Token.of(predecessor), Token.of(successor)));
    }

    /**
     * Notifies the listener, in this thread, that a token was revoked.
     *
     * @param token the row
     */
    public void revoked(StoredToken token) {
        tell("revocation", token, ear -> ear.revoked(Token.of(token)));
    }

    /**
     * Notifies the listener, in the background, that a revoked token was presented with its right secret.
     *
     * @param token the row
     * @param address the address from which the request came, or null if it is unknown
     * @param at the time of the denial
     */
    public void revokedUsed(StoredToken token, @Nullable IpAddress address, Instant at) {
        boolean unused =
                tellElsewhere("use after revocation", token, ear -> ear.revokedUsed(Token.of(token), address, at));
    }

    /**
     * Notifies the listener, in the background, that a token will expire soon.
     *
     * @param token the row
     * @return false if the listener's queue is full, so that the caller must notify it later
     */
    public boolean expiring(StoredToken token) {
        return tellElsewhere("coming end", token, ear -> ear.expiring(Token.of(token)));
    }

    private interface Told {
        void to(AuthListener ear);
    }

    private boolean tellElsewhere(String what, StoredToken token, Told told) {
        try {
            if (isHeard()) {
                elsewhere.execute(() -> tell(what, token, told));
            }
            return true;
        } catch (RejectedExecutionException tooMuch) {
            log.error("the listener is not told of the {} of token {}: too much waits for it", what, token.id());
            return false;
        }
    }

    private void tell(String what, StoredToken token, Told told) {
        if (listener == null) {
            return;
        }
        try {
            told.to(listener);
        } catch (Throwable broken) {
            log.error("the listener failed at the {} of token {}", what, token.id(), RedactedFailure.of(broken));
        }
    }
}
