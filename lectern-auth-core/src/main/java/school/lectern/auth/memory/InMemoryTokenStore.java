package school.lectern.auth.memory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Stores tokens in memory for one process, for embedded use and tests. Bounded: it rejects new tokens when it is full. Its
 * audit events go to the given audit log, which rejects nothing.
 */
public final class InMemoryTokenStore implements TokenStore {

    private static final int DEFAULT_CAPACITY = 1_000_000;

    private final InMemoryAuditLog audit;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final TokenTable table;
    private final Set<String> suspended = ConcurrentHashMap.newKeySet();
    private final Set<String> gone = ConcurrentHashMap.newKeySet();

    private final InMemoryChangeFeed changes = new InMemoryChangeFeed();

    /**
     * Creates a store with room for a million tokens.
     *
     * @param audit the audit log for the events of changes
     */
    public InMemoryTokenStore(InMemoryAuditLog audit) {
        this(audit, DEFAULT_CAPACITY);
    }

    /**
     * Creates a store with the given capacity.
     *
     * @param audit the audit log for the events of changes
     * @param capacity the maximum number of tokens, at least 1
     * @throws IllegalArgumentException if the capacity is less than 1
     */
    public InMemoryTokenStore(InMemoryAuditLog audit, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
        }
        this.audit = audit;
        this.table = new TokenTable(capacity);
    }

    @Override
    public FoundTokens find(TokenLookup lookup) {
        List<String> selectors = lookup.selectors();
        // A look-up by one selector reads one row, so no change can come between two reads.
        return FoundTokens.stored(selectors.size() == 1 ? look(selectors) : read(() -> look(selectors)));
    }

    private List<StoredToken> look(Collection<String> selectors) {
        List<StoredToken> found = new ArrayList<>(1);
        for (String selector : selectors) {
            StoredToken token = table.withSelector(Selector.of(selector));
            if (token != null) {
                found.add(told(token));
            }
        }
        return found;
    }

    /** {@return the token with the current state of its tenant} */
    private StoredToken told(StoredToken token) {
        boolean isSuspended = suspended.contains(token.tenantId());
        boolean isGone = gone.contains(token.tenantId());
        return isSuspended || isGone
                ? token.toBuilder()
                        .tenantSuspended(isSuspended)
                        .tenantGone(isGone)
                        .build()
                : token;
    }

    /**
     * {@return the feed of this store's changes} It grants no leases unless a length is set: within one process, changes take
     * effect immediately.
     */
    @Override
    public Optional<ChangeFeed> changes() {
        return Optional.of(changes);
    }

    @Override
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        return read(() -> Optional.ofNullable(table.withId(tokenId)))
                .filter(token -> token.tenantId().equals(tenantId))
                .map(this::told);
    }

    @Override
    public List<StoredToken> list(TokenFilter filter) {
        return read(() -> table.byNumber().headMap(filter.before(), false).descendingMap().values().stream()
                .filter(filter::accepts)
                .limit(filter.limit())
                .map(this::told)
                .toList());
    }

    @Override
    public boolean isNameTaken(String tenantId, String name, Instant now) {
        return read(() -> named(tenantId, name, now).findAny().isPresent());
    }

    private Stream<StoredToken> named(String tenantId, String name, Instant now) {
        return table.byNumber().values().stream()
                .filter(token ->
                        token.tenantId().equals(tenantId) && token.name().equals(name) && token.isActive(now));
    }

    @Override
    public InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
        return write(() -> {
            table.requireRoomFor(token);
            if (isGone(token.tenantId())) {
                return InsertResult.refused(InsertResult.Kind.TENANT_GONE);
            }
            if (isNameTaken(rule, token)) {
                return InsertResult.refused(InsertResult.Kind.NAME_TAKEN);
            }
            if (areTooMany(rule, List.of(), List.of(token))) {
                return InsertResult.refused(InsertResult.Kind.TOO_MANY_TOKENS);
            }
            audit.appendAll(events);
            return InsertResult.stored(add(token));
        });
    }

    @Override
    public WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
        return write(() -> {
            StoredToken stored = current(changed);
            if (stored == null) {
                return WriteResult.STALE;
            }
            if (isGone(changed.tenantId())) {
                return WriteResult.TENANT_GONE;
            }
            if (isNameTaken(rule, changed)) {
                return WriteResult.NAME_TAKEN;
            }
            if (areTooMany(rule, List.of(stored), List.of(changed))) {
                return WriteResult.TOO_MANY_TOKENS;
            }
            table.requireSelectorFor(changed);
            audit.appendAll(events);
            table.replace(stored, changed);
            if (!changed.hasSameAuthorization(stored)) {
                changes.add(new Change.OfToken(changed.id()));
            }
            return WriteResult.APPLIED;
        });
    }

    private boolean isNameTaken(TokenConstraints rule, StoredToken token) {
        return rule.uniqueName()
                && named(token.tenantId(), token.name(), rule.at())
                        .anyMatch(other -> !token.isSameOrRotationNeighbor(other));
    }

    private boolean areTooMany(TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written) {
        return rule.live().checks(rule.at(), replaced, written).stream()
                .anyMatch(check -> !check.passes(
                        table.byNumber().values().stream().filter(check::counts).toList()));
    }

    @Override
    public WriteResult rotate(
            StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events) {
        return write(() -> {
            StoredToken stored = current(predecessor);
            if (stored == null || stored.successorId() != null) {
                return WriteResult.STALE;
            }
            if (isGone(predecessor.tenantId())) {
                return WriteResult.TENANT_GONE;
            }
            if (areTooMany(rule, List.of(stored), List.of(predecessor, successor))) {
                return WriteResult.TOO_MANY_TOKENS;
            }
            table.requireSelectorFor(predecessor);
            table.requireRoomFor(successor);
            audit.appendAll(events);
            table.replace(stored, predecessor);
            add(successor);
            changes.add(new Change.OfToken(predecessor.id()));
            return WriteResult.APPLIED;
        });
    }

    @Override
    public WriteResult revoke(SingleRevocation revocation) {
        String tokenId = revocation.tokenId();
        return write(() -> {
            StoredToken stored = get(revocation.tenantId(), tokenId).orElse(null);
            if (stored == null || stored.isRevoked()) {
                return WriteResult.STALE;
            }
            audit.appendAll(revocation.events());
            table.replace(stored, revoked(stored, revocation.at(), revocation.reason()));
            changes.add(new Change.OfToken(tokenId));
            return WriteResult.APPLIED;
        });
    }

    @Override
    public long revokeAll(GroupRevocation revocation) {
        List<StoredToken> revoked = write(() -> revokeStanding(revocation));
        revoked.forEach(token -> revocation.revoked(told(token)));
        return revoked.size();
    }

    private List<StoredToken> revokeStanding(GroupRevocation revocation) {
        List<StoredToken> standing = table.byNumber().values().stream()
                .filter(token -> revocation.group().holds(token) && !token.isRevoked())
                .toList();
        audit.appendAll(standing.stream()
                .map(token -> revocation.event(token.tenantId(), token.id()))
                .toList());
        List<StoredToken> revoked = standing.stream()
                .map(token -> table.replace(token, revoked(token, revocation.at(), revocation.reason())))
                .toList();
        // Last, because rows are read without the lock: a reader that sees the new position must see the changed rows.
        if (!revoked.isEmpty()) {
            changes.add(Change.of(revocation.group()));
        }
        return revoked;
    }

    private static StoredToken revoked(StoredToken token, Instant at, @Nullable String reason) {
        return token.toBuilder().revokedAt(at).revocationReason(reason).build();
    }

    @Override
    public WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
        return write(() -> {
            if (isGone(tenantId)) {
                return WriteResult.TENANT_GONE;
            }
            if (suspended.contains(tenantId) == (since != null)) {
                return WriteResult.STALE;
            }
            audit.appendAll(events);
            boolean changed = since != null ? suspended.add(tenantId) : suspended.remove(tenantId);
            if (changed) {
                changes.add(new Change.OfTenant(tenantId));
            }
            return changed ? WriteResult.APPLIED : WriteResult.STALE;
        });
    }

    @Override
    public WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        return write(() -> {
            if (isGone(tenantId)) {
                return WriteResult.STALE;
            }
            audit.appendAll(events);
            gone.add(tenantId);
            changes.add(new Change.OfTenant(tenantId));
            return WriteResult.APPLIED;
        });
    }

    @Override
    public boolean isGone(String tenantId) {
        return gone.contains(tenantId);
    }

    @Override
    public WriteResult setErased(String tenantId, List<AuditEvent> events) {
        return write(() -> {
            if (!isGone(tenantId) || audit.isErased(tenantId)) {
                return WriteResult.STALE;
            }
            audit.appendAll(events);
            audit.erase(tenantId);
            return WriteResult.APPLIED;
        });
    }

    @Override
    public int deleteErased(String tenantId, int limit) {
        return write(() -> {
            if (!audit.isErased(tenantId)) {
                throw new IllegalStateException("the tenant is not erased: call setErased first");
            }
            List<StoredToken> some = table.byNumber().values().stream()
                    .filter(token -> token.tenantId().equals(tenantId))
                    .limit(limit)
                    .toList();
            some.forEach(table::remove);
            if (some.isEmpty()) {
                return audit.purge(tenantId, Instant.MAX, limit);
            }
            changes.add(new Change.OfTenant(tenantId));
            return some.size();
        });
    }

    @Override
    public WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
        return write(() -> {
            StoredToken stored = current(changed);
            if (stored == null) {
                return WriteResult.STALE;
            }
            table.requireSelectorFor(changed);
            audit.appendAll(events);
            table.replace(stored, changed);
            return WriteResult.APPLIED;
        });
    }

    @Override
    public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
        return write(() -> {
            Set<String> first = new HashSet<>();
            usedAt.forEach((id, at) -> {
                StoredToken token = table.withId(id);
                if (token == null) {
                    return;
                }
                Instant noted = token.lastUsedAt();
                if (noted == null) {
                    first.add(id);
                }
                if (noted == null || (noted.isBefore(at) && !noted.plus(apart).isAfter(at))) {
                    table.put(token.toBuilder().lastUsedAt(at).build());
                }
            });
            return new Noted(first, Set.of());
        });
    }

    @Override
    public boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
        return write(() -> {
            StoredToken stored = current(token);
            if (stored == null || !Objects.equals(stored.expiryNotice(), token.expiryNotice())) {
                return false;
            }
            table.put(stored.toBuilder().expiryNotice(notice).build());
            return true;
        });
    }

    private StoredToken add(StoredToken token) {
        return told(table.add(token));
    }

    /**
     * {@return the stored token, or null if the change must not be applied to it} A change applies only if the stored token
     * is not revoked and still has the revision from which the change was made.
     */
    private @Nullable StoredToken current(StoredToken changed) {
        StoredToken stored = get(changed.tenantId(), changed.id()).orElse(null);
        boolean asExpected = stored != null && stored.revision() == changed.revision() && !stored.isRevoked();
        return asExpected ? stored : null;
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
