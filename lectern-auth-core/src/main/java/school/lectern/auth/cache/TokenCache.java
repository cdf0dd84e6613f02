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
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;

/**
 * The cached tokens, by selector, and the most recently applied changes. A row is cached only if no change of its token was
 * applied since its read started. Rows are cached and changes are applied under one lock, so no change can be applied between
 * this check and the caching of the row. Reading the cache takes no lock.
 */
final class TokenCache implements AutoCloseable {

    /**
     * The maximum number of changes that are remembered. If more were applied since a read started, its rows are not cached.
     */
    private static final int REMEMBERED = 1_000;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final Cache<Selector, StoredToken> bySelector;

    /**
     * The thread that evicts entries, so that requests do not wait for it. The cache has its own, so that other work of the
     * process cannot delay evictions and let the cache grow.
     */
    private final WorkerThreads tidyingThreads = new WorkerThreads("lectern-auth-cache");

    /** Once it is closed, the thread that submits a task runs the task itself. */
    private final ThreadPoolExecutor tidying = new ThreadPoolExecutor(
            1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), tidyingThreads, (task, closed) -> task.run());

    /**
     * The entry of each token, by token id. Whenever the lock is free, this map contains every entry that can be read from
     * {@link #bySelector}, also during an eviction, which takes no lock. An entry is added here before it is added there, and
     * an eviction removes it from here only when it can no longer be read there.
     */
    private final Map<String, StoredToken> byTokenId = new ConcurrentHashMap<>();

    private final Deque<Change> remembered = new ArrayDeque<>();
    private long applied;
    private boolean closed;

    /**
     * @param maxTokens the approximate maximum number of tokens; at least 1
     * @param maxBytes the approximate maximum memory of all tokens, in bytes; at least 1
     */
    TokenCache(long maxTokens, long maxBytes) {
        tidying.allowCoreThreadTimeOut(true);
        // One bound enforces both limits: the weight of an entry is its memory, but at least maxBytes / maxTokens.
        long share = Math.max(1, maxBytes / maxTokens);
        this.bySelector = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Selector selector, StoredToken row) ->
                        (int) Math.min(Integer.MAX_VALUE, Math.max(share, RowMemory.bytes(row))))
                // Not an eviction listener, because it is called while the entry can still be read: a change at that
                // moment
                // would not find the entry in byTokenId, and would leave it in bySelector.
                .removalListener(this::removed)
                .executor(tidying)
                .build();
    }

    private void removed(@Nullable Selector selector, @Nullable StoredToken row, RemovalCause cause) {
        if (row != null) {
            remove(byTokenId, row.id(), row);
        }
    }

    /**
     * Removes only this instance of the row: the token may already have another entry, even with equal values.
     *
     * @return whether the map contained it
     */
    @SuppressWarnings("ReferenceEquality")
    private static <K> boolean remove(Map<K, StoredToken> map, K key, StoredToken row) {
        AtomicBoolean removed = new AtomicBoolean();
        map.computeIfPresent(key, (same, present) -> {
            removed.set(present == row);
            return present == row ? null : present;
        });
        return removed.get();
    }

    /** {@return the entry of the selector, or null if there is none} */
    @Nullable
    StoredToken get(Selector selector) {
        return bySelector.getIfPresent(selector);
    }

    /** {@return the number of changes that were applied so far} */
    synchronized long applied() {
        return applied;
    }

    /**
     * Caches a row, unless a change of its token was applied since its read started, or the cache is closed.
     *
     * @param token the row
     * @param setOut the moment before its query was sent
     * @param appliedThen the value of {@link #applied} before its query was sent
     */
    synchronized void keep(StoredToken token, Moment setOut, long appliedThen) {
        if (closed || hasChanged(token, appliedThen)) {
            return;
        }
        StoredToken row = token.readAt(setOut.nanos());
        StoredToken before = byTokenId.put(token.id(), row);
        if (before != null && !before.key().equals(token.key())) {
            remove(bySelector.asMap(), before.key(), before);
        }
        bySelector.put(token.key(), row);
    }

    /** {@return whether a change of the token was applied since the given count, or may have been: not all are remembered} */
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

    /**
     * Drops the cached tokens that the changes concern, and remembers the changes for the reads in progress.
     *
     * @param changes the changes, in their order
     * @return the number of tokens that were dropped
     */
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
        for (StoredToken row : byTokenId.values()) {
            dropped += change.concerns(row) ? drop(row) : 0;
        }
        return dropped;
    }

    private int drop(@Nullable StoredToken row) {
        if (row == null || !remove(byTokenId, row.id(), row)) {
            return 0;
        }
        remove(bySelector.asMap(), row.key(), row);
        return 1;
    }

    /** Empties the cache, which from then on caches nothing, and returns when its thread has ended. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            apply(List.of(new Change.OfAny()));
        }
        WorkerThreads.close(CLOSE_PATIENCE, new WorkerThreads.Pool(tidying, tidyingThreads));
    }

    /** {@return the number of cached tokens} */
    int size() {
        return byTokenId.size();
    }

    /** For tests: does all pending maintenance now, and returns when it is done. */
    void settle() {
        bySelector.cleanUp();
        CompletableFuture.runAsync(() -> {}, tidying).join();
    }
}
