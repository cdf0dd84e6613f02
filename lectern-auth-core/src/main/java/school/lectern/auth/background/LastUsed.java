package school.lectern.auth.background;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.StoredToken;

/**
 * Notes when tokens are used: off the request's path, once a second at most for all tokens together, once a minute at most
 * for each, however many processes see it used. What cannot be written is forgotten: the next use writes it.
 */
public final class LastUsed implements AutoCloseable {

    public static final Duration FLUSH_EVERY = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(LastUsed.class);
    private static final Duration ONCE_IN = Duration.ofMinutes(1);
    private static final int MAX_TOKENS = 100_000;

    /** A power of two. */
    private static final int SEEN = 1 << 14;

    private final TokenStore tokens;
    private final ListenerNotifier lifecycle;
    private final InstantSource clock;

    /** Of the last minute, when each token was used that was written, or is to be. */
    private final Map<String, Instant> noted = new ConcurrentHashMap<>();

    private final Map<String, Use> pending = new ConcurrentHashMap<>();

    /** Rows that were looked at since the last flush, by their numbers: of a busy token in memory, nothing else is read. */
    private final AtomicReferenceArray<@Nullable StoredToken> seen = new AtomicReferenceArray<>(SEEN);

    public LastUsed(TokenStore tokens, ListenerNotifier lifecycle, InstantSource clock) {
        this.tokens = tokens;
        this.lifecycle = lifecycle;
        this.clock = clock;
    }

    private record Use(StoredToken token, Instant at) {}

    /** Most uses are of tokens that were noted within the last minute, and cost no more than to see that. */
    @SuppressWarnings("ReferenceEquality") // another row of the token is looked at once more, which is right as well
    public void note(StoredToken token, Moment now) {
        int slot = (int) token.number() & (SEEN - 1);
        if (seen.getPlain(slot) != token) {
            if (!noted.containsKey(token.id())) {
                noteFirst(token, now.instant());
            }
            seen.setPlain(slot, token);
        }
    }

    private void noteFirst(StoredToken token, Instant now) {
        if (!isRecent(token.lastUsedAt(), now) && noted.size() < MAX_TOKENS) {
            noted.put(token.id(), now);
            pending.put(token.id(), new Use(token, now));
        }
    }

    /** Before or after: a clock that was set back does not make every use one to be written. */
    private static boolean isRecent(@Nullable Instant use, Instant now) {
        return use != null && Duration.between(use, now).abs().compareTo(ONCE_IN) < 0;
    }

    /** Writes what is pending. */
    @Override
    public void close() {
        flush();
    }

    /** Writes what is pending. */
    public void flush() {
        Instant now = clock.instant();
        noted.values().removeIf(use -> !isRecent(use, now));
        for (int slot = 0; slot < SEEN; slot++) {
            seen.setPlain(slot, null);
        }
        Map<String, Use> batch = new HashMap<>(pending);
        if (batch.isEmpty()) {
            return;
        }
        batch.forEach(pending::remove);
        try {
            Map<String, Instant> usedAt = batch.values().stream()
                    .collect(Collectors.toMap(use -> use.token().id(), Use::at));
            TokenStore.Noted done = tokens.recordLastUsed(usedAt, ONCE_IN);
            done.leftOut().forEach(noted::remove);
            done.firstUses().stream()
                    .map(batch::get)
                    .filter(Objects::nonNull)
                    .forEach(use -> lifecycle.firstUsed(use.token(), use.at()));
        } catch (Throwable broken) {
            log.warn("last-used of {} tokens could not be written", batch.size(), RedactedFailure.of(broken));
            batch.forEach((id, use) -> noted.remove(id, use.at()));
        }
    }
}
