package school.lectern.auth;

import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.token.StoredToken;

/** Tells the application's listener what became of tokens, and is not disturbed by what it throws. */
final class Lifecycle {

    private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

    private final AuthListener listener;

    Lifecycle(AuthListener listener) {
        this.listener = listener;
    }

    void issued(StoredToken token) {
        tell("issue", token, () -> listener.issued(token));
    }

    void firstUsed(StoredToken token, Instant at) {
        tell("first use", token, () -> listener.firstUsed(token, at));
    }

    void rotated(StoredToken predecessor, StoredToken successor) {
        tell("rotation", predecessor, () -> listener.rotated(predecessor, successor));
    }

    void revoked(StoredToken token) {
        tell("revocation", token, () -> listener.revoked(token));
    }

    void expiring(StoredToken token) {
        tell("coming end", token, () -> listener.expiring(token));
    }

    private static void tell(String what, StoredToken token, Runnable listening) {
        try {
            listening.run();
        } catch (Throwable broken) {
            log.error("the listener failed at the {} of token {}", what, token.id(), broken);
        }
    }
}
