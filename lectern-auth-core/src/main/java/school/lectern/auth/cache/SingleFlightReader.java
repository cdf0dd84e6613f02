package school.lectern.auth.cache;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Reads the store. The number of concurrent reads is bounded, and callers that look up the same token at the same time share
 * one read, as long as this is safe.
 *
 * <p>A caller that joins a read gets the state of the store at the start of that read. This is as good as a read of its own
 * only while the joined read is younger than the length of a lease. A change that was confirmed since the read started has
 * waited longer than that, so it was made before the read started.
 */
class SingleFlightReader {

    private static final long ROOM_MILLIS = 100;
    private static final long JOINED_MILLIS = 2_000;

    private final TokenStore store;
    private final TokenCache entries;
    private final Clocks clocks;
    private final Semaphore room;
    private final ConcurrentHashMap<String, Read> running = new ConcurrentHashMap<>();

    SingleFlightReader(TokenStore store, TokenCache entries, Clocks clocks, int atOnce) {
        this.store = store;
        this.entries = entries;
        this.clocks = clocks;
        this.room = new Semaphore(atOnce);
    }

    /**
     * A read that has started.
     *
     * @param setOut the moment before its query was sent
     * @param applied the number of changes that the cache had applied before the query was sent
     * @param rows the result, once the read has ended
     */
    record Read(Moment setOut, long applied, CompletableFuture<List<StoredToken>> rows) {}

    /**
     * {@return the rows that have one of the selectors} They count as rows from memory if another caller's read returned them.
     *
     * @param selectors the selectors of one token; at least one
     * @param lease the live lease of the caller, or null if there is none; without a lease, this call joins no other read and
     *     caches no row
     * @throws StorageException if the read fails, if too many reads are in progress, if a joined read takes too long, or if the
     *     thread is interrupted
     */
    FoundTokens read(List<String> selectors, @Nullable CacheLease lease) {
        // Read before the query is sent, the clocks before the number of changes. Everything that happens between here
        // and
        // the query must count as later than the read.
        Read own = new Read(clocks.now(), entries.applied(), new CompletableFuture<>());
        if (lease == null) {
            return FoundTokens.stored(ask(selectors));
        }
        Read other = running.putIfAbsent(selectors.get(0), own);
        if (other == null) {
            return FoundTokens.stored(lead(selectors, own));
        }
        return mayJoin(own, other, lease)
                ? new JoinedRows(join(other))
                : FoundTokens.stored(keep(own, selectors, ask(selectors)));
    }

    /** Rows that another caller's read returned. They may be older than the secret that this caller presents. */
    private record JoinedRows(List<StoredToken> rows) implements FoundTokens {
        @Override
        public List<StoredToken> rowsAt(Moment now) {
            return rows;
        }

        @Override
        public boolean areFromMemory() {
            return true;
        }

        @Override
        public boolean waitedForStore() {
            return true;
        }
    }

    /**
     * {@return whether a caller may join a read of another caller} It may not if the length of a lease has passed since that
     * read started, or if a change was applied since then: the change may be one that this process has just made.
     *
     * @param own the read that the caller would start now
     * @param other the read in progress
     * @param lease the live lease of the caller
     */
    boolean mayJoin(Read own, Read other, CacheLease lease) {
        return own.setOut().since(other.setOut()) < lease.nanos() && own.applied() == other.applied();
    }

    private List<StoredToken> lead(List<String> selectors, Read own) {
        try {
            List<StoredToken> rows = keep(own, selectors, ask(selectors));
            own.rows().complete(rows);
            return rows;
        } catch (Throwable failed) {
            own.rows().completeExceptionally(failed);
            throw failed;
        } finally {
            running.remove(selectors.get(0), own);
        }
    }

    /**
     * Caches the rows that have the first selector. Rows that have another selector are of older algorithms, and are soon
     * replaced.
     */
    private List<StoredToken> keep(Read read, List<String> selectors, List<StoredToken> rows) {
        for (StoredToken row : rows) {
            if (row.selector().equals(selectors.get(0))) {
                entries.keep(row, read.setOut(), read.applied());
            }
        }
        return rows;
    }

    private static List<StoredToken> join(Read other) {
        try {
            return other.rows().get(JOINED_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new StorageException("the look-up of a token that another request had started failed", failed);
        } catch (TimeoutException late) {
            throw new StorageException(
                    "the look-up of a token that another request had started did not end in time", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while another request looked up the token", interrupted);
        }
    }

    private List<StoredToken> ask(List<String> selectors) {
        enter();
        try {
            TokenLookup stored = TokenLookup.of(selectors).with(TokenLookup.Freshness.STORED);
            FoundTokens found = store.find(stored);
            List<StoredToken> rows = found.rowsAt(clocks.now());
            if (rows == null || found.areFromMemory()) {
                throw new StorageException("the token store returned rows from memory where stored rows were required");
            }
            return rows;
        } finally {
            room.release();
        }
    }

    private void enter() {
        try {
            if (!room.tryAcquire(ROOM_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new StorageException("too many concurrent look-ups of tokens");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted before looking up a token", interrupted);
        }
    }
}
