package school.lectern.auth.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;

/**
 * The tokens that are kept, by selector, and the changes that were applied of late. A row is kept only if no change of its token
 * was applied since its reader set out: both happen under one lock, so nothing comes between the question and the keeping.
 * Reading needs no lock.
 */
final class TokenCache implements AutoCloseable {

    /** A reader that more changes have overtaken than are remembered keeps nothing. */
    private static final int REMEMBERED = 1_000;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final Cache<Selector, CachedToken> bySelector;

    /** Makes room, off the way of requests. Of its own: what else runs in the process is not to let the cache grow. */
    private final WorkerThreads tidyingThreads = new WorkerThreads("lectern-auth-cache");

    /** Once it is closed, whoever still reads makes the room. */
    private final ThreadPoolExecutor tidying = new ThreadPoolExecutor(
            1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), tidyingThreads, (task, closed) -> task.run());

    /**
     * Which entry holds a token. Holds every entry that the cache does, also while it makes room: an entry is in here before it
     * is in there, and leaves when it can be read there no more.
     */
    private final Map<String, CachedToken> byTokenId = new ConcurrentHashMap<>();

    private final Deque<Change> remembered = new ArrayDeque<>();
    private long applied;
    private boolean closed;

    /**
     * @param maxTokens at most about so many
     * @param maxBytes and of about so much memory
     */
    TokenCache(long maxTokens, long maxBytes) {
        tidying.allowCoreThreadTimeOut(true);
        // One bound holds both: an entry weighs its memory, but never less than its share of the count.
        long share = Math.max(1, maxBytes / maxTokens);
        this.bySelector = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Selector selector, CachedToken entry) ->
                        (int) Math.min(Integer.MAX_VALUE, Math.max(share, entry.bytes())))
                // Not the listener of evictions, which hears of one while the entry can still be read: a change that
                // comes then would not find it here, and would leave it there.
                .removalListener(this::removed)
                .executor(tidying)
                .build();
    }

    /** By identity: another entry of the same token may have come already. */
    private void removed(@Nullable Selector selector, @Nullable CachedToken entry, RemovalCause cause) {
        if (entry != null) {
            byTokenId.remove(entry.token().id(), entry);
        }
    }

    @Nullable
    CachedToken get(Selector selector) {
        return bySelector.getIfPresent(selector);
    }

    /** How many changes were applied so far. */
    synchronized long applied() {
        return applied;
    }

    /**
     * Keeps a row, unless a change of its token was applied meanwhile.
     *
     * @param setOut the moment before it was asked for
     * @param appliedThen what {@link #applied} was before it was asked for
     */
    synchronized void keep(StoredToken token, Moment setOut, long appliedThen) {
        if (closed || hasChanged(token, appliedThen)) {
            return;
        }
        CachedToken entry = new CachedToken(token, setOut.nanos());
        CachedToken before = byTokenId.put(token.id(), entry);
        if (before != null && !before.token().key().equals(token.key())) {
            bySelector.asMap().remove(before.token().key(), before);
        }
        bySelector.put(token.key(), entry);
    }

    private boolean hasChanged(StoredToken token, long appliedThen) {
        long meanwhile = applied - appliedThen;
        if (meanwhile > remembered.size()) {
            return true;
        }
        Iterator<Change> latest = remembered.descendingIterator();
        for (long i = 0; i < meanwhile; i++) {
            if (latest.next().concerns(token)) {
                return true;
            }
        }
        return false;
    }

    /** Drops what has changed; how many tokens that were. */
    synchronized int apply(List<Change> changes) {
        int dropped = 0;
        for (Change change : changes) {
            remembered.addLast(change);
            applied++;
            if (remembered.size() > REMEMBERED) {
                remembered.removeFirst();
            }
            dropped += drop(change);
        }
        return dropped;
    }

    private int drop(Change change) {
        if (change instanceof Change.OfToken one) {
            return drop(byTokenId.get(one.tokenId()));
        }
        int dropped = 0;
        for (CachedToken entry : byTokenId.values()) {
            dropped += change.concerns(entry.token()) ? drop(entry) : 0;
        }
        return dropped;
    }

    private int drop(@Nullable CachedToken entry) {
        if (entry == null || !byTokenId.remove(entry.token().id(), entry)) {
            return 0;
        }
        bySelector.asMap().remove(entry.token().key(), entry);
        return 1;
    }

    /** Empties the cache, stores nothing any more, and returns when its thread has ended. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            apply(List.of(new Change.OfAny()));
        }
        WorkerThreads.close(CLOSE_PATIENCE, new WorkerThreads.Pool(tidying, tidyingThreads));
    }

    int size() {
        return byTokenId.size();
    }

    /** For tests: does now what the cache would do in its own time. */
    void settle() {
        bySelector.cleanUp();
        CompletableFuture.runAsync(() -> {}, tidying).join();
    }
}
