package school.lectern.auth.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * A token store that answers look-ups from memory, and yet allows nothing by a state that was changed: once a change was
 * confirmed, no look-up that begins anywhere is answered by what was before. Safe for use by many threads; {@link #close} it
 * before the store that it reads.
 *
 * <pre>{@code
 * CachingTokenStore tokens = CachingTokenStore.builder(store).open();
 * LecternAuth auth = LecternAuth.builder(Lectern.DIALECT).tokens(tokens).open();
 * }</pre>
 *
 * <p>It holds a <em>lease</em>, which one small read renews at short intervals, and which says that until its end no change can
 * be confirmed that this process has not heard of. Without a live lease it reads the store, as if it were not there. The guide
 * to revocation explains the protocol, what it assumes of clocks, and what it costs.
 *
 * <p>Bounded, by number and by memory. Kept are tokens that there are, by what they are found by and never by a secret: tokens
 * that are unknown are not kept, so they displace none, and work as soon as they are made. What the store says is kept for a
 * minute at most, for whoever edits its tables by hand.
 */
public final class CachingTokenStore implements TokenStore, AutoCloseable {

    /** A wrong secret for a row that was read this short a time ago asks no more: so often, at most, one key can be made to. */
    private static final long JUST_READ_NANOS = 10_000_000;

    private final TokenStore store;
    private final TokenCache entries;
    private final SingleFlightReader reads;
    private final ChangePoller polling;
    private final Clocks clocks;
    private final AuthMetrics metrics;
    private final long maxAgeNanos;

    private CachingTokenStore(Builder builder, ChangeFeed feed) {
        // Checked before anything is kept: what a broken store said once would be answered from here for a minute.
        this.store = new CheckedTokenStore(builder.store);
        this.clocks = builder.clocks;
        this.metrics = builder.metrics;
        this.maxAgeNanos = builder.maxAge.toNanos();
        this.entries = new TokenCache(builder.maxTokens, builder.maxBytes);
        this.reads = new SingleFlightReader(store, entries, clocks, builder.readsAtOnce);
        this.polling = new ChangePoller(feed, entries, clocks, metrics);
    }

    /**
     * Starts the configuration of a cache.
     *
     * @param store where the tokens are; has to tell of {@linkplain TokenStore#changes its changes}
     */
    public static Builder builder(TokenStore store) {
        return new Builder(store);
    }

    /**
     * Returns the rows from memory if it can; they name the lease that they rest on. The order is the proof: the lease is read
     * first, so that its changes are in the entry that is read next, and the caller reads the clocks last, so that nothing was
     * read after the lease had ended.
     */
    @Override
    public FoundTokens find(TokenLookup lookup) {
        CacheLease lease = polling.lease();
        CachedToken entry = entries.get(lookup.key());
        return switch (lookup.freshness()) {
            case CACHED ->
                lease == null || entry == null
                        ? readStore(lookup, lease)
                        : new CachedRows(entry, lease, maxAgeNanos, metrics);
            case RECENT ->
                lease == null || entry == null || !wasJustRead(entry, lease)
                        ? readAgain(lookup, lease)
                        : FoundTokens.stored(entry.found());
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

    private boolean wasJustRead(CachedToken entry, CacheLease lease) {
        Moment now = clocks.now();
        return lease.isLive(now) && entry.age(now.nanos()) < JUST_READ_NANOS;
    }

    /**
     * A cached row, with the lease that it rests on.
     *
     * @param lease read before the entry
     */
    private record CachedRows(CachedToken entry, CacheLease lease, long maxAgeNanos, AuthMetrics metrics)
            implements FoundTokens {

        @Override
        public @Nullable List<StoredToken> rowsAt(Moment now) {
            if (!lease.isLive(now) || entry.age(now.nanos()) >= maxAgeNanos) {
                return null;
            }
            metrics.cacheHit();
            return entry.found();
        }

        @Override
        public boolean areFromMemory() {
            return true;
        }
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
    public Optional<StoredToken> insert(StoredToken token, NameConstraint rule, List<AuditEvent> events) {
        return store.insert(token, rule, events);
    }

    @Override
    public List<InsertResult> insertAll(List<TokenInsert> tokens) {
        return store.insertAll(tokens);
    }

    @Override
    public WriteResult update(StoredToken changed, NameConstraint rule, List<AuditEvent> events) {
        return changing(new Change.OfToken(changed.id()), () -> store.update(changed, rule, events));
    }

    @Override
    public WriteResult rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
        return changing(new Change.OfToken(predecessor.id()), () -> store.rotate(predecessor, successor, events));
    }

    @Override
    public WriteResult revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
        return changing(new Change.OfToken(tokenId), () -> store.revoke(tenantId, tokenId, at, events));
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

    /** What this process has changed it does not wait to be told of; nor does it know, after a failure, that nothing was. */
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

    /** How many tokens are kept at this moment. */
    public int size() {
        return entries.size();
    }

    /**
     * Stops asking for changes, and empties the cache. From then on every look-up reads the store, which is left open. Returns
     * when the cache's threads have ended.
     */
    @Override
    public void close() {
        polling.close();
        entries.close();
    }

    /** Configures a {@link CachingTokenStore}. */
    public static final class Builder {
        private final TokenStore store;
        private long maxTokens = 100_000;
        private long maxBytes = 256L << 20;
        private Duration pollEvery = Duration.ofMillis(250);
        private Duration maxAge = Duration.ofMinutes(1);
        private int readsAtOnce = 64;
        private AuthMetrics metrics = AuthMetrics.NONE;
        private Clocks clocks = Clocks.system();

        private Builder(TokenStore store) {
            this.store = store;
        }

        /**
         * At most about so many tokens are kept; 100,000 unless set.
         *
         * @throws IllegalArgumentException if it is less than one
         */
        public Builder maxTokens(long value) {
            this.maxTokens = positive("maxTokens", value);
            return this;
        }

        /**
         * And no more than about so many bytes of memory; 256 MiB unless set.
         *
         * @throws IllegalArgumentException if it is less than one
         */
        public Builder maxBytes(long value) {
            this.maxBytes = positive("maxBytes", value);
            return this;
        }

        /**
         * How often the changes are asked for; every 250 ms unless set. Should be well below the length of a lease.
         *
         * @throws IllegalArgumentException if it is not from a millisecond to a minute
         */
        public Builder pollEvery(Duration value) {
            if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalArgumentException("pollEvery: from 1 ms to one minute, not " + value);
            }
            this.pollEvery = value;
            return this;
        }

        /**
         * How many look-ups may read the store at once; 64 unless set. Who finds no room within a tenth of a second is answered
         * with the dialect's server error.
         *
         * @throws IllegalArgumentException if it is less than one
         */
        public Builder readsAtOnce(int value) {
            this.readsAtOnce = (int) positive("readsAtOnce", value);
            return this;
        }

        /** Counts hits, misses, reads of the store and the age of the lease; nobody does unless set. */
        public Builder metrics(AuthMetrics value) {
            this.metrics = value;
            return this;
        }

        /** Sets the clocks that leases are measured by. Default: the system's. */
        public Builder clocks(Clocks value) {
            this.clocks = value;
            return this;
        }

        private static long positive(String name, long value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + ": at least 1, not " + value);
            }
            return value;
        }

        /**
         * The cache, which asks for changes from now on.
         *
         * @throws IllegalArgumentException if the store tells of no changes
         */
        public CachingTokenStore open() {
            CachingTokenStore cache = unpolled();
            cache.polling.start(pollEvery);
            return cache;
        }

        /** For tests, which poll by themselves. */
        CachingTokenStore unpolled() {
            ChangeFeed feed = store.changes()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "store has no ChangeFeed (TokenStore.changes() is empty), so it cannot be cached"));
            if (store.clocks().isPresent()) {
                throw new IllegalArgumentException(
                        "store returns rows from memory itself, under a lease of its own; cache the store that it reads");
            }
            return new CachingTokenStore(this, feed);
        }
    }

    @Override
    public Optional<Clocks> clocks() {
        return Optional.of(clocks);
    }

    /** For tests. */
    ChangePoller polling() {
        return polling;
    }
}
