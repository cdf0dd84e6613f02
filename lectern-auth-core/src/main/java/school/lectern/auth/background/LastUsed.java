package school.lectern.auth.background;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.StoredToken;

/**
 * Records when tokens are used, outside the request threads. It writes at most once a second for all tokens together. A
 * token's last use is written at most once a minute, however many processes see it used. A use that cannot be written is tried
 * again with the next write.
 *
 * <p>The number of tokens whose uses wait is bounded; a use that finds no room is not recorded. With an idle timeout, a
 * token may depend on its uses: if half of the timeout has passed since its last activity, a use is written before those of
 * other tokens, and always finds room.
 */
public final class LastUsed implements AutoCloseable {

    /** The time between two writes. */
    public static final Duration FLUSH_EVERY = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(LastUsed.class);
    private static final Duration ONCE_IN = Duration.ofMinutes(1);
    private static final int MAX_TOKENS = 100_000;

    private final TokenStore tokens;
    private final ListenerNotifier lifecycle;
    private final @Nullable Duration urgentAfter;

    /** Token id → the use to be written. */
    private final Map<String, Use> urgent = new ConcurrentHashMap<>();

    private final Map<String, Use> pending = new ConcurrentHashMap<>();
    private boolean failing;

    /**
     * Creates the recorder.
     *
     * @param tokens the store
     * @param lifecycle the notifier that reports first uses to the listener
     * @param idleTimeout the time without a use after which a token is no longer accepted, or null if there is none
     */
    public LastUsed(TokenStore tokens, ListenerNotifier lifecycle, @Nullable Duration idleTimeout) {
        this.tokens = tokens;
        this.lifecycle = lifecycle;
        this.urgentAfter = idleTimeout == null ? null : idleTimeout.dividedBy(2);
    }

    private record Use(StoredToken token, Instant at) {
        Use later(Use other) {
            return other.at.isAfter(at) ? other : this;
        }
    }

    /**
     * Records a use, to be written by the next flush. Most tokens were already recorded within the last minute; then only
     * this is checked.
     *
     * @param token the row that the request used
     * @param now the time of the use
     */
    public void note(StoredToken token, Moment now) {
        if (!token.isUseNoted(now.millis(), ONCE_IN.toMillis())) {
            noteFirst(token, now.instant());
        }
    }

    private void noteFirst(StoredToken token, Instant now) {
        Instant stored = token.lastUsedAt();
        if (stored != null && isRecent(stored, now)) {
            token.noteUse(stored.toEpochMilli());
            return;
        }
        Map<String, Use> waiting = isUrgent(token, now) ? urgent : pending;
        if (waiting == urgent || waiting.size() < MAX_TOKENS) {
            waiting.merge(token.id(), new Use(token, now), Use::later);
            token.noteUse(now.toEpochMilli());
        }
    }

    private boolean isUrgent(StoredToken token, Instant now) {
        return urgentAfter != null
                && Duration.between(token.lastActivity(), now).compareTo(urgentAfter) > 0;
    }

    /**
     * {@return whether the use is less than a minute before or after now} After as well, so that a clock that was set back
     * does not cause a write for every use.
     */
    private static boolean isRecent(Instant use, Instant now) {
        return Duration.between(use, now).abs().compareTo(ONCE_IN) < 0;
    }

    /** Writes the recorded uses. */
    @Override
    public void close() {
        flush();
    }

    /** Writes the recorded uses. Those that cannot be written are kept for the next call. */
    public void flush() {
        boolean failed = !write(urgent);
        failed |= !write(pending);
        failing = failed;
    }

    /** Writes the waiting uses. Returns whether the store accepted the call. */
    private boolean write(Map<String, Use> waiting) {
        Map<String, Use> batch = new HashMap<>(waiting);
        if (batch.isEmpty()) {
            return true;
        }
        batch.forEach(waiting::remove);
        try {
            Map<String, Instant> usedAt = batch.values().stream()
                    .collect(Collectors.toMap(use -> use.token().id(), Use::at));
            TokenStore.Noted done = tokens.recordLastUsed(usedAt, ONCE_IN);
            putBack(waiting, batch, done.leftOut());
            done.firstUses().stream()
                    .map(batch::get)
                    .filter(Objects::nonNull)
                    .forEach(use -> lifecycle.firstUsed(use.token(), use.at()));
            return true;
        } catch (Throwable broken) {
            // Logged once per outage, and not with every attempt.
            if (!failing) {
                log.warn(
                        "the last use of {} tokens could not be stored; will retry in 1 second",
                        batch.size(),
                        RedactedFailure.of(broken));
                failing = true;
            }
            putBack(waiting, batch, batch.keySet());
            return false;
        }
    }

    private static void putBack(Map<String, Use> waiting, Map<String, Use> batch, Set<String> ids) {
        for (String id : ids) {
            Use use = batch.get(id);
            if (use != null) {
                waiting.merge(id, use, Use::later);
            }
        }
    }
}
