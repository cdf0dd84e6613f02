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

/** Tells the application's listener what became of tokens, and is not disturbed by what it throws. */
public final class ListenerNotifier {

    private static final Logger log = LoggerFactory.getLogger(ListenerNotifier.class);

    private final @Nullable AuthListener listener;
    private final Executor elsewhere;

    /**
     * @param listener null for nobody
     * @param elsewhere where it hears of what no caller did: a slow listener must hold up nothing else
     */
    public ListenerNotifier(@Nullable AuthListener listener, Executor elsewhere) {
        this.listener = listener;
        this.elsewhere = elsewhere;
    }

    /** Whether anybody listens. */
    public boolean isHeard() {
        return listener != null;
    }

    public void issued(StoredToken token) {
        tell("issue", token, ear -> ear.issued(Token.of(token)));
    }

    public void firstUsed(StoredToken token, Instant at) {
        boolean unused = tellElsewhere("first use", token, ear -> ear.firstUsed(Token.of(token), at));
    }

    public void rotated(StoredToken predecessor, StoredToken successor) {
        tell("rotation", predecessor, ear -> ear.rotated(Token.of(predecessor), Token.of(successor)));
    }

    public void revoked(StoredToken token) {
        tell("revocation", token, ear -> ear.revoked(Token.of(token)));
    }

    public void revokedUsed(StoredToken token, @Nullable IpAddress address, Instant at) {
        boolean unused =
                tellElsewhere("use after revocation", token, ear -> ear.revokedUsed(Token.of(token), address, at));
    }

    /** Whether it will be heard. */
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
