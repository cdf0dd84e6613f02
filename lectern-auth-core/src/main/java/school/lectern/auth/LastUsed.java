package school.lectern.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/**
 * Notes when tokens are used: off the request's path, once a second at most for all tokens together, once a minute at most
 * for each. What cannot be written is forgotten: the next use writes it.
 */
final class LastUsed implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LastUsed.class);
    private static final Duration ONCE_IN = Duration.ofMinutes(1);
    private static final int MAX_PENDING = 10_000;

    private final TokenStore tokens;
    private final Map<String, Instant> pending = new ConcurrentHashMap<>();
    private final ScheduledExecutorService writer;
    private final ScheduledFuture<?> flushing;

    LastUsed(TokenStore tokens) {
        this.tokens = tokens;
        this.writer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "lectern-auth-last-used");
            thread.setDaemon(true);
            return thread;
        });
        this.flushing = writer.scheduleWithFixedDelay(this::flush, 1, 1, TimeUnit.SECONDS);
    }

    void note(StoredToken token, Instant now) {
        Instant noted = token.lastUsedAt();
        boolean recent = noted != null && Duration.between(noted, now).abs().compareTo(ONCE_IN) < 0;
        if (!recent && pending.size() < MAX_PENDING) {
            pending.putIfAbsent(token.id(), now);
        }
    }

    private void flush() {
        Map<String, Instant> batch = new HashMap<>(pending);
        if (batch.isEmpty()) {
            return;
        }
        try {
            tokens.noteUse(batch);
        } catch (Throwable broken) {
            log.warn("last-used of {} tokens could not be written", batch.size(), broken);
        }
        batch.forEach(pending::remove);
    }

    /** Writes what is pending and stops. */
    @Override
    public void close() {
        flushing.cancel(false);
        writer.shutdown();
        try {
            if (!writer.awaitTermination(5, TimeUnit.SECONDS)) {
                writer.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            writer.shutdownNow();
            Thread.currentThread().interrupt();
        }
        flush();
    }
}
