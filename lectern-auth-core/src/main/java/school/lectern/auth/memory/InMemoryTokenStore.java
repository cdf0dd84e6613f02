package school.lectern.auth.memory;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/**
 * Keeps tokens for one process, for embedded use and tests. Holds so many, and refuses more. Its audit events go to a log
 * that is given; an event that the log refuses keeps its change from being made.
 */
public final class InMemoryTokenStore implements TokenStore {

    private static final int DEFAULT_CAPACITY = 1_000_000;

    private final int capacity;
    private final InMemoryAuditLog audit;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final TreeMap<Long, StoredToken> byNumber = new TreeMap<>();
    private final Map<String, Long> numberBySelector = new HashMap<>();
    private final Map<String, Long> numberById = new HashMap<>();
    private long lastNumber;

    /** A store of a million tokens. */
    public InMemoryTokenStore(InMemoryAuditLog audit) {
        this(audit, DEFAULT_CAPACITY);
    }

    /**
     * A store of so many tokens.
     *
     * @throws IllegalArgumentException if that is less than one
     */
    public InMemoryTokenStore(InMemoryAuditLog audit, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: at least 1, not " + capacity);
        }
        this.audit = audit;
        this.capacity = capacity;
    }

    @Override
    public List<StoredToken> find(Collection<String> selectors) {
        return read(() -> selectors.stream()
                .flatMap(selector -> byNumber(numberBySelector.get(selector)).stream())
                .toList());
    }

    @Override
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        return read(() -> byNumber(numberById.get(tokenId))
                .filter(token -> token.tenantId().equals(tenantId)));
    }

    @Override
    public List<StoredToken> list(String tenantId, long before, int limit) {
        return read(() -> byNumber.headMap(before, false).descendingMap().values().stream()
                .filter(token -> token.tenantId().equals(tenantId))
                .limit(limit)
                .toList());
    }

    @Override
    public StoredToken insert(StoredToken token, List<AuditEvent> events) {
        return write(() -> {
            requireRoomFor(token);
            audit.appendAll(events);
            return add(token);
        });
    }

    @Override
    public Outcome update(StoredToken changed, List<AuditEvent> events) {
        return write(() -> {
            StoredToken stored = current(changed);
            if (stored == null) {
                return Outcome.STALE;
            }
            requireSelectorFor(changed);
            audit.appendAll(events);
            replace(stored, changed);
            return Outcome.DONE;
        });
    }

    @Override
    public Outcome rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
        return write(() -> {
            StoredToken stored = current(predecessor);
            if (stored == null || stored.successorId() != null) {
                return Outcome.STALE;
            }
            requireSelectorFor(predecessor);
            requireRoomFor(successor);
            audit.appendAll(events);
            replace(stored, predecessor);
            add(successor);
            return Outcome.DONE;
        });
    }

    @Override
    public Outcome revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
        return write(() -> {
            StoredToken stored = get(tenantId, tokenId).orElse(null);
            if (stored == null || stored.isRevoked()) {
                return Outcome.STALE;
            }
            audit.appendAll(events);
            replace(stored, stored.toBuilder().revokedAt(at).build());
            return Outcome.DONE;
        });
    }

    @Override
    public void noteUse(Map<String, Instant> usedAt) {
        write(() -> {
            usedAt.forEach((id, at) -> byNumber(numberById.get(id)).ifPresent(token -> {
                Instant noted = token.lastUsedAt();
                if (noted == null || noted.isBefore(at)) {
                    byNumber.put(
                            token.number(), token.toBuilder().lastUsedAt(at).build());
                }
            }));
            return Outcome.DONE;
        });
    }

    private StoredToken add(StoredToken token) {
        StoredToken numbered = token.toBuilder().number(++lastNumber).build();
        byNumber.put(lastNumber, numbered);
        numberById.put(token.id(), lastNumber);
        numberBySelector.put(token.selector(), lastNumber);
        return numbered;
    }

    private void replace(StoredToken stored, StoredToken changed) {
        StoredToken next = changed.toBuilder()
                .number(stored.number())
                .lastUsedAt(stored.lastUsedAt())
                .revision(stored.revision() + 1)
                .build();
        byNumber.put(stored.number(), next);
        numberBySelector.remove(stored.selector());
        numberBySelector.put(next.selector(), next.number());
    }

    /** The stored token, if a change that was made from that one may still be applied to it. */
    private @Nullable StoredToken current(StoredToken changed) {
        StoredToken stored = get(changed.tenantId(), changed.id()).orElse(null);
        boolean asExpected = stored != null && stored.revision() == changed.revision() && !stored.isRevoked();
        return asExpected ? stored : null;
    }

    private void requireRoomFor(StoredToken token) {
        if (byNumber.size() >= capacity) {
            throw new StorageException("the token store in memory is full: " + capacity + " tokens");
        }
        if (numberById.containsKey(token.id()) || numberBySelector.containsKey(token.selector())) {
            throw new StorageException("a token of that id or selector is there already");
        }
    }

    /** The token's selector must be its own already, or nobody's. */
    private void requireSelectorFor(StoredToken changed) {
        Long holder = numberBySelector.get(changed.selector());
        if (holder != null && !holder.equals(numberById.get(changed.id()))) {
            throw new StorageException("another token has that selector already");
        }
    }

    private Optional<StoredToken> byNumber(@Nullable Long number) {
        return Optional.ofNullable(number).map(byNumber::get);
    }

    private <T> T read(Supplier<T> step) {
        lock.readLock().lock();
        try {
            return step.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    private <T> T write(Supplier<T> step) {
        lock.writeLock().lock();
        try {
            return step.get();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
