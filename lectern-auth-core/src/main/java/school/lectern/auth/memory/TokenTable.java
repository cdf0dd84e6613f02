package school.lectern.auth.memory;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;

/**
 * The rows of {@link InMemoryTokenStore} by sequence number, id and selector. Guarded by the store's lock, except for
 * {@link #withSelector}, which runs for every request.
 */
final class TokenTable {

    private final int capacity;
    private final TreeMap<Long, StoredToken> byNumber = new TreeMap<>();
    private final Map<String, StoredToken> byId = new HashMap<>();
    private final Map<Selector, StoredToken> bySelector = new ConcurrentHashMap<>();
    private long lastNumber;

    TokenTable(int capacity) {
        this.capacity = capacity;
    }

    /** {@return the row with the selector, or null} Needs no lock. */
    @Nullable
    StoredToken withSelector(Selector selector) {
        return bySelector.get(selector);
    }

    /** {@return the row with the id, or null} */
    @Nullable
    StoredToken withId(String id) {
        return byId.get(id);
    }

    /** {@return all rows in the order of their sequence numbers} */
    NavigableMap<Long, StoredToken> byNumber() {
        return byNumber;
    }

    /**
     * Adds a row with the next sequence number.
     *
     * @return the added row
     */
    StoredToken add(StoredToken token) {
        StoredToken numbered = token.toBuilder()
                .number(++lastNumber)
                .tenantSuspended(false)
                .tenantGone(false)
                .build();
        put(numbered);
        return numbered;
    }

    /**
     * Replaces a row. The new row has the sequence number, the last use and the notice of the stored row, and the next
     * revision.
     *
     * @return the new row
     */
    StoredToken replace(StoredToken stored, StoredToken changed) {
        StoredToken next = changed.toBuilder()
                .number(stored.number())
                .lastUsedAt(stored.lastUsedAt())
                .expiryNotice(stored.expiryNotice())
                .tenantSuspended(false)
                .tenantGone(false)
                .revision(stored.revision() + 1)
                .build();
        if (!next.key().equals(stored.key())) {
            bySelector.remove(stored.key());
        }
        put(next);
        return next;
    }

    void put(StoredToken token) {
        byNumber.put(token.number(), token);
        byId.put(token.id(), token);
        bySelector.put(token.key(), token);
    }

    void remove(StoredToken token) {
        byNumber.remove(token.number());
        byId.remove(token.id());
        bySelector.remove(token.key());
    }

    void requireRoomFor(StoredToken token) {
        if (byNumber.size() >= capacity) {
            throw StorageException.changedNothing("the token store in memory is full: " + capacity + " tokens", null);
        }
        if (byId.containsKey(token.id()) || bySelector.containsKey(token.key())) {
            throw StorageException.changedNothing("a token of that id or selector is there already", null);
        }
    }

    /** Throws if another token already has the selector of the changed token. */
    void requireSelectorFor(StoredToken changed) {
        StoredToken holder = bySelector.get(changed.key());
        if (holder != null && !holder.id().equals(changed.id())) {
            throw StorageException.changedNothing("another token has that selector already", null);
        }
    }
}
