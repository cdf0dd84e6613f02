package school.lectern.auth.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.CheckedTokenStore;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.time.StoreTime;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * A token store that serves look-ups from memory and still enforces every confirmed change: after a change is confirmed, no
 * look-up that begins later, in any process, returns the state from before the change. Safe for use by many threads.
 * {@link #close} it before the store that it reads.
 *
 * <pre>{@code
 * CachingTokenStore tokens = CachingTokenStore.builder(store).open();
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT).tokens(tokens).open();
 * }</pre>
 *
 * <p>The cache has a <em>lease</em>, which one small query renews at short intervals. The lease guarantees that, until it ends,
 * no change can be confirmed that this process has not received. Without a live lease, every look-up reads the store, as if
 * there were no cache. The guide to revocation explains the protocol, its assumptions about clocks, and its cost.
 *
 * <p>The number of cached tokens and their memory are bounded. Only existing tokens are cached, keyed by selector and never by
 * a secret. Unknown tokens are not cached: they displace no cached token, and a new token works as soon as it is created. A row
 * is served from memory for at most one minute after it was read, so that manual edits of the tables take effect, too.
 */
public final class CachingTokenStore implements TokenStore, AutoCloseable {

    /**
     * A wrong secret causes no read if, under a live lease, the row was read less than this time ago; nor does an idle
     * token. So denied requests for one key cause at most one read in this time.
     */
    private static final long JUST_READ_NANOS = 10_000_000;

    /** The age of a row from which on it is not served from memory. */
    private static final long MAX_AGE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final TokenStore store;
    private final TokenCache entries;
    private final SingleFlightReader reads;
    final ChangePoller polling;
    private final Clocks clocks;
    private final AuthMetrics metrics;

    CachingTokenStore(CachingTokenStoreBuilder builder, ChangeFeed feed) {
        // Rows are checked before they are cached: a wrong row of a broken store would be served for a minute.
        this.store = new CheckedTokenStore(builder.store);
        this.clocks = builder.clocks;
        this.metrics = builder.metrics;
        this.entries = new TokenCache(builder.maxTokens, builder.maxBytes);
        this.reads = new SingleFlightReader(store, entries, clocks, builder.readsAtOnce);
        this.polling = new ChangePoller(feed, entries, clocks, metrics);
    }

    /**
     * {@return a new builder for a cache of the given store}
     *
     * @param store the store that contains the tokens; it must have a {@linkplain TokenStore#changes change feed}
     */
    public static CachingTokenStoreBuilder builder(TokenStore store) {
        return new CachingTokenStoreBuilder(store);
    }

    /**
     * Returns the rows from memory if possible, with the lease that they depend on. The order of the steps is the proof:
     *
     * <ol>
     *   <li>This method reads the lease.
     *   <li>Then it reads the entry. All changes that the lease covers were applied before the lease was published, so an entry
     *       that is read after the lease includes them.
     *   <li>The caller reads the clocks last. If the lease is live at that moment, nothing was read after the lease had ended.
     * </ol>
     */
    @Override
    public FoundTokens find(TokenLookup lookup) {
        CacheLease lease = polling.lease();
        StoredToken row = entries.get(lookup.key());
        return switch (lookup.freshness()) {
            case CACHED -> lease == null || row == null ? readStore(lookup, lease) : new CachedRow(row, lease, metrics);
            case RECENT ->
                lease == null || row == null || !wasJustRead(row, lease)
                        ? readAgain(lookup, lease)
                        : FoundTokens.stored(List.of(row));
            case STORED -> readStore(lookup, lease);
        };
    }

    private FoundTokens readStore(TokenLookup lookup, @Nullable CacheLease lease) {
        CacheLease live = live(lease);
        if (live == null) {
            metrics.readThrough();
        } else {
            metrics.cacheMiss();
        }
        return reads.read(lookup.selectors(), live);
    }

    private FoundTokens readAgain(TokenLookup lookup, @Nullable CacheLease lease) {
        metrics.readThrough();
        return reads.read(lookup.selectors(), live(lease));
    }

    private @Nullable CacheLease live(@Nullable CacheLease lease) {
        return lease != null && lease.isLive(clocks.now()) ? lease : null;
    }

    private boolean wasJustRead(StoredToken row, CacheLease lease) {
        Moment now = clocks.now();
        return lease.isLive(now) && row.age(now.nanos()) < JUST_READ_NANOS;
    }

    /**
     * A cached row, and the lease that it depends on.
     *
     * @param row the cached row
     * @param lease the lease, which was read before the row
     * @param metrics counts a hit when the row is used
     */
    private record CachedRow(StoredToken row, CacheLease lease, AuthMetrics metrics) implements FoundTokens {

        @Override
        public @Nullable List<StoredToken> rowsAt(Moment now) {
            if (!lease.isLive(now) || row.age(now.nanos()) >= MAX_AGE_NANOS) {
                return null;
            }
            metrics.cacheHit();
            return List.of(row);
        }

        @Override
        public boolean areFromMemory() {
            return true;
        }
    }

    /** {@return the clock of the store as the last successful poll read it} */
    @Override
    public Optional<StoreTime> time() {
        return polling.time();
    }

    @Override
    public Optional<ChangeFeed> changes() {
        return store.changes();
    }

    @Override
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        return store.get(tenantId, tokenId);
    }

    @Override
    public List<StoredToken> list(TokenFilter filter) {
        return store.list(filter);
    }

    @Override
    public List<Long> listNumbers(TokenFilter filter) {
        return store.listNumbers(filter);
    }

    @Override
    public boolean isNameTaken(String tenantId, String name, Instant now) {
        return store.isNameTaken(tenantId, name, now);
    }

    @Override
    public InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
        return store.insert(token, rule, events);
    }

    @Override
    public List<InsertResult> insertAll(List<TokenInsert> tokens) {
        return store.insertAll(tokens);
    }

    @Override
    public WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
        return changing(new Change.OfToken(changed.id()), () -> store.update(changed, rule, events));
    }

    @Override
    public WriteResult rotate(
            StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events) {
        return changing(new Change.OfToken(predecessor.id()), () -> store.rotate(predecessor, successor, rule, events));
    }

    @Override
    public WriteResult revoke(SingleRevocation revocation) {
        return changing(new Change.OfToken(revocation.tokenId()), () -> store.revoke(revocation));
    }

    @Override
    public long revokeAll(GroupRevocation revocation) {
        return changing(Change.of(revocation.group()), () -> store.revokeAll(revocation));
    }

    @Override
    public WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
        return changing(new Change.OfTenant(tenantId), () -> store.setSuspended(tenantId, since, events));
    }

    @Override
    public WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        return changing(new Change.OfTenant(tenantId), () -> store.setGone(tenantId, since, events));
    }

    @Override
    public boolean isGone(String tenantId) {
        return store.isGone(tenantId);
    }

    @Override
    public WriteResult setErased(String tenantId, List<AuditEvent> events) {
        return store.setErased(tenantId, events);
    }

    @Override
    public int deleteErased(String tenantId, int limit) {
        return changing(new Change.OfTenant(tenantId), () -> store.deleteErased(tenantId, limit));
    }

    @Override
    public WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
        return changing(new Change.OfToken(changed.id()), () -> store.rehash(changed, events));
    }

    /**
     * Makes a change, and then drops the tokens that it concerns from this cache. A change of this process is applied
     * immediately, before a poll reports it. It is also applied after a failure, because the store may have made the change.
     */
    private <T> T changing(Change change, Supplier<T> step) {
        try {
            return step.get();
        } finally {
            entries.apply(List.of(change));
        }
    }

    @Override
    public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
        return store.recordLastUsed(usedAt, apart);
    }

    @Override
    public boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
        return store.claimExpiryNotice(token, notice);
    }

    /** {@return what this cache knows of the changes of other processes at this moment} Queries nothing. */
    public CacheStatus status() {
        return polling.status();
    }

    /** {@return the number of tokens that are cached at this moment} */
    public int size() {
        return entries.size();
    }

    /**
     * Stops polling for changes, and empties the cache. From then on, every look-up reads the store, which stays open. Returns
     * when the cache's threads have ended.
     */
    @Override
    public void close() {
        polling.close();
        entries.close();
    }

    @Override
    public Optional<Clocks> clocks() {
        return Optional.of(clocks);
    }
}
