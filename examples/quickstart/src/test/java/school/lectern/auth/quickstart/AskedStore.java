package school.lectern.auth.quickstart;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;

/** An in-memory store that records which methods are called. */
final class AskedStore {

    private final InMemoryAuditLog audit = new InMemoryAuditLog();
    private final TokenStore store = new InMemoryTokenStore(audit);
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private final TokenStore noting = (TokenStore) Proxy.newProxyInstance(
            TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (proxy, method, arguments) -> {
                calls.add(method.getName());
                return method.invoke(store, arguments);
            });

    TokenStore tokens() {
        return noting;
    }

    /** Returns a storage with this store, with limits in memory, and without a cache. */
    Storage storage() {
        return context -> {
            LimitStore limits = new InMemoryLimitStore(context.clocks());
            return new OpenStorage() {
                @Override
                public TokenStore tokens() {
                    return noting;
                }

                @Override
                public LimitStore limits() {
                    return limits;
                }

                @Override
                public LimitStore exactLimits() {
                    return limits;
                }

                @Override
                public AuditLog audit() {
                    return audit;
                }

                @Override
                public boolean isShared() {
                    return false;
                }

                @Override
                public Clocks clocks() {
                    return context.clocks();
                }

                @Override
                public void close() {}
            };
        };
    }

    AuditLog audit() {
        return audit;
    }

    /** Returns how many look-ups there were since the start. The use of tokens is recorded in the background. */
    long finds() {
        return List.copyOf(calls).stream().filter("find"::equals).count();
    }
}
