package school.lectern.auth.cache;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Caches built from the real parts, each without one rule. A checker that finds no violation in these caches cannot find any.
 */
public final class PlantedCaches {

    private final Clocks clocks = Clocks.system();
    private final TokenCache entries = new TokenCache(100_000, 256L << 20);
    private final TokenStore store;
    private final ChangePoller polling;

    private PlantedCaches(TokenStore store, Duration pollEvery) {
        this.store = store;
        this.polling = new ChangePoller(store.changes().orElseThrow(), entries, clocks, AuthMetrics.NONE);
        polling.start(pollEvery);
    }

    /** Serves rows from memory even after the lease has ended. */
    public static TokenStore withoutLeaseCheck(TokenStore store, Duration pollEvery) {
        PlantedCaches parts = new PlantedCaches(store, pollEvery);
        return parts.cache(new SingleFlightReader(store, parts.entries, parts.clocks, 64), lease -> true);
    }

    /** Lets a look-up join any other look-up, whatever its age and whatever has changed since. */
    public static TokenStore joiningAnything(TokenStore store, Duration pollEvery) {
        PlantedCaches parts = new PlantedCaches(store, pollEvery);
        SingleFlightReader reads = new SingleFlightReader(store, parts.entries, parts.clocks, 64) {
            @Override
            boolean mayJoin(Read own, Read other, CacheLease lease) {
                return true;
            }
        };
        return parts.cache(reads, lease -> lease.isLive(parts.clocks.now()));
    }

    private TokenStore cache(SingleFlightReader reads, Predicate<CacheLease> isTrusted) {
        return (TokenStore) Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("find")) {
                        TokenLookup lookup = (TokenLookup) arguments[0];
                        return find(lookup.selectors(), reads, isTrusted);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private FoundTokens find(List<String> selectors, SingleFlightReader reads, Predicate<CacheLease> isTrusted) {
        CacheLease lease = polling.lease();
        StoredToken row = entries.get(Selector.of(selectors.get(0)));
        boolean trusted = lease != null && isTrusted.test(lease);
        return trusted && row != null
                ? FoundTokens.stored(List.of(row))
                : reads.read(selectors, trusted ? lease : null);
    }
}
