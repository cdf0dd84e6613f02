package school.lectern.auth.background;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;

/**
 * Finds tokens that will end soon, and notifies the listener. The store records the last notice of each token, so that one of
 * the processes gives each notice. For one thread.
 */
public final class ExpiryWatch {

    /** The time between two searches. */
    public static final Duration LOOK_EVERY = Duration.ofMinutes(10);

    private static final int PAGE = 500;

    private final TokenStore tokens;
    private final ListenerNotifier lifecycle;
    private final InstantSource clock;

    /** The shortest first. */
    private final List<Duration> thresholds;

    private final @Nullable Duration maxLifetime;

    /** The ids of the tokens whose notices wait for the listener. */
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();

    /**
     * Creates the task.
     *
     * @param tokens the store
     * @param lifecycle the notifier of the listener
     * @param clock the clock
     * @param ahead the times before the end of a token from which on the listener is notified; at least one
     * @param maxLifetime the longest time from its creation for which a token is accepted; null for no maximum
     */
    public ExpiryWatch(
            TokenStore tokens,
            ListenerNotifier lifecycle,
            InstantSource clock,
            Collection<Duration> ahead,
            @Nullable Duration maxLifetime) {
        this.tokens = tokens;
        this.lifecycle = lifecycle;
        this.clock = clock;
        this.thresholds = ahead.stream().sorted().toList();
        this.maxLifetime = maxLifetime;
    }

    /** Searches for tokens of whose end the listener has to be notified, and notifies it. */
    public void look() {
        Instant now = clock.instant();
        Duration longest = thresholds.get(thresholds.size() - 1);
        TokenFilter next = TokenFilter.ofAllTenants()
                .endingBetween(now, now.plus(longest), maxLifetime)
                .limit(PAGE);
        while (true) {
            List<StoredToken> page = tokens.list(next);
            for (StoredToken token : page) {
                Optional<ExpiryNotice> notice = notice(Objects.requireNonNull(next.end(token)), now);
                boolean isDue = notice.isPresent()
                        && !token.tenantGone()
                        && (token.expiryNotice() == null
                                || !token.expiryNotice().covers(notice.get()));
                if (isDue && !give(token, notice.get())) {
                    // The listener's queue is full. The next search finds the rest.
                    return;
                }
            }
            if (page.size() < PAGE) {
                return;
            }
            next = next.before(page.get(page.size() - 1).number());
        }
    }

    /** {@return the notice of the shortest threshold that has been reached} Notices of longer ones would say less. */
    private Optional<ExpiryNotice> notice(Instant end, Instant now) {
        return thresholds.stream()
                .filter(ahead -> end.isBefore(now.plus(ahead)))
                .findFirst()
                .map(ahead -> new ExpiryNotice(end, ahead));
    }

    /** {@return false if the listener's queue is full} */
    private boolean give(StoredToken token, ExpiryNotice notice) {
        if (!waiting.add(token.id())) {
            return true;
        }
        boolean accepted = lifecycle.expiring(token, notice, () -> {
            waiting.remove(token.id());
            return tokens.claimExpiryNotice(token, notice);
        });
        if (!accepted) {
            waiting.remove(token.id());
        }
        return accepted;
    }
}
