package school.lectern.auth.cache;

import java.time.Duration;
import java.util.function.Consumer;
import school.lectern.auth.setting.SetOnce;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;

/** Configures a {@link CachingTokenStore}. Each setting may be set once. */
public final class CachingTokenStoreBuilder {
    final TokenStore store;
    long maxTokens = 100_000;
    long maxBytes = 256L << 20;
    Duration pollEvery = Duration.ofMillis(250);
    int readsAtOnce = 64;
    AuthMetrics metrics = AuthMetrics.NONE;
    Clocks clocks = Clocks.system();

    private final SetOnce set = new SetOnce();

    CachingTokenStoreBuilder(TokenStore store) {
        this.store = store;
    }

    /**
     * Sets the approximate maximum number of cached tokens. Default: 100,000. {@link #maxBytes} applies, too.
     *
     * @param value the number of tokens; at least 1
     * @return this builder
     * @throws IllegalArgumentException if the value is less than 1
     */
    public CachingTokenStoreBuilder maxTokens(long value) {
        if (set.applies("maxTokens")) {
            this.maxTokens = positive("maxTokens", value);
        }
        return this;
    }

    /**
     * Sets the approximate maximum memory of all cached tokens. Default: 256 MiB. {@link #maxTokens} applies, too.
     *
     * @param value the memory in bytes; at least 1
     * @return this builder
     * @throws IllegalArgumentException if the value is less than 1
     */
    public CachingTokenStoreBuilder maxBytes(long value) {
        if (set.applies("maxBytes")) {
            this.maxBytes = positive("maxBytes", value);
        }
        return this;
    }

    /**
     * Sets the interval at which the cache polls for changes. Default: 250 ms. It should be well below the lease length.
     *
     * @param value the time from the end of one poll to the start of the next; from 1 ms to 1 minute
     * @return this builder
     * @throws IllegalArgumentException if the value is less than 1 ms or more than 1 minute
     */
    public CachingTokenStoreBuilder pollEvery(Duration value) {
        if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("pollEvery must be between 1 ms and 1 minute, was " + value);
        }
        if (set.applies("pollEvery")) {
            this.pollEvery = value;
        }
        return this;
    }

    /**
     * Sets the maximum number of look-ups that read the store concurrently. Default: 64. A look-up beyond this number waits
     * for up to 100 ms. If it still cannot start then, its request gets the dialect's server error.
     *
     * @param value the number of look-ups; at least 1
     * @return this builder
     * @throws IllegalArgumentException if the value is less than 1
     */
    public CachingTokenStoreBuilder readsAtOnce(int value) {
        if (set.applies("readsAtOnce")) {
            this.readsAtOnce = (int) positive("readsAtOnce", value);
        }
        return this;
    }

    /**
     * Sets the metrics, which count hits, misses and reads of the store, and measure the age of the lease. Default: {@link
     * AuthMetrics#NONE}.
     *
     * @param value the metrics
     * @return this builder
     */
    public CachingTokenStoreBuilder metrics(AuthMetrics value) {
        if (set.applies("metrics")) {
            this.metrics = value;
        }
        return this;
    }

    /**
     * Sets the clocks that measure leases. Default: {@link Clocks#system}.
     *
     * @param value the clocks
     * @return this builder
     */
    public CachingTokenStoreBuilder clocks(Clocks value) {
        if (set.applies("clocks")) {
            this.clocks = value;
        }
        return this;
    }

    /**
     * Sets defaults: each applies unless the setting is also set outside this method, before or after.
     *
     * @param settings sets the defaults on this builder; called immediately
     * @return this builder
     */
    public CachingTokenStoreBuilder defaults(Consumer<CachingTokenStoreBuilder> settings) {
        return set.defaults(this, settings);
    }

    private static long positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, was " + value);
        }
        return value;
    }

    /**
     * {@return a new cache, which polls for changes from now on}
     *
     * @throws IllegalArgumentException if the store has no {@linkplain TokenStore#changes change feed}, or returns rows
     *     from memory itself
     */
    public CachingTokenStore open() {
        CachingTokenStore cache = unpolled();
        cache.polling.start(pollEvery);
        return cache;
    }

    /** {@return a new cache that does not poll, for tests that call {@link ChangePoller#poll} themselves} */
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
