package school.lectern.auth.background;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/**
 * Finds tokens that will expire soon and notifies the listener once of each, and once more if its expiry is moved. For one
 * thread.
 */
public final class ExpiryWatch {

    /** The time between two searches. */
    public static final Duration LOOK_EVERY = Duration.ofMinutes(10);

    private static final int PAGE = 500;

    private final TokenStore tokens;
    private final ListenerNotifier lifecycle;
    private final InstantSource clock;
    private final Duration ahead;

    /** Token id → the expiry of which the listener was notified. */
    private final Map<String, Instant> notified = new HashMap<>();

    /**
     * Creates the task.
     *
     * @param tokens the store
     * @param lifecycle the notifier of the listener
     * @param clock the clock
     * @param ahead how long before the expiry the listener is notified
     */
    public ExpiryWatch(TokenStore tokens, ListenerNotifier lifecycle, InstantSource clock, Duration ahead) {
        this.tokens = tokens;
        this.lifecycle = lifecycle;
        this.clock = clock;
        this.ahead = ahead;
    }

    /**
     * Searches for tokens that expire within the configured time and notifies the listener of those of which it was not
     * notified yet.
     */
    public void look() {
        Instant now = clock.instant();
        notified.values().removeIf(end -> end.isBefore(now));
        TokenFilter next =
                TokenFilter.ofAllTenants().endingBetween(now, now.plus(ahead)).limit(PAGE);
        while (true) {
            List<StoredToken> page = tokens.list(next);
            // If the listener's queue is full, the next search notifies it of the rest.
            if (!page.stream().allMatch(this::notifyOnce) || page.size() < PAGE) {
                return;
            }
            next = next.before(page.get(page.size() - 1).number());
        }
    }

    /** {@return false if the listener's queue is full, so that a later search has to notify it of the token} */
    private boolean notifyOnce(StoredToken token) {
        Instant end = token.effectiveExpiry();
        if (end == null || end.equals(notified.get(token.id()))) {
            return true;
        }
        boolean accepted = lifecycle.expiring(token);
        if (accepted) {
            notified.put(token.id(), end);
        }
        return accepted;
    }
}
