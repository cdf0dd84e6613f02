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

/** Looks for tokens that will end soon, and tells of each once, and once more if its end is moved. Used by one thread. */
public final class ExpiryWatch {

    public static final Duration LOOK_EVERY = Duration.ofMinutes(10);

    private static final int PAGE = 500;

    private final TokenStore tokens;
    private final ListenerNotifier lifecycle;
    private final InstantSource clock;
    private final Duration ahead;

    /** Token id → the end that was told. */
    private final Map<String, Instant> told = new HashMap<>();

    public ExpiryWatch(TokenStore tokens, ListenerNotifier lifecycle, InstantSource clock, Duration ahead) {
        this.tokens = tokens;
        this.lifecycle = lifecycle;
        this.clock = clock;
        this.ahead = ahead;
    }

    public void look() {
        Instant now = clock.instant();
        told.values().removeIf(end -> end.isBefore(now));
        TokenFilter next =
                TokenFilter.ofAllTenants().endingBetween(now, now.plus(ahead)).limit(PAGE);
        while (true) {
            List<StoredToken> page = tokens.list(next);
            // Who cannot hear more now hears the rest when we look again.
            if (!page.stream().allMatch(this::tellOnce) || page.size() < PAGE) {
                return;
            }
            next = next.before(page.get(page.size() - 1).number());
        }
    }

    /** False if it has to be told another time. */
    private boolean tellOnce(StoredToken token) {
        Instant end = token.effectiveExpiry();
        if (end == null || end.equals(told.get(token.id()))) {
            return true;
        }
        boolean heard = lifecycle.expiring(token);
        if (heard) {
            told.put(token.id(), end);
        }
        return heard;
    }
}
