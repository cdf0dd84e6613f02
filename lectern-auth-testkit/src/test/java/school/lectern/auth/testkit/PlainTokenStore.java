package school.lectern.auth.testkit;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.LiveTokenCheck;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/** A minimal, correct token store, made of steps that a planted bug can override. */
class PlainTokenStore implements TokenStore {

    final Map<String, StoredToken> rows = new LinkedHashMap<>();
    final Set<String> suspended = new HashSet<>();
    final Set<String> gone = new HashSet<>();
    final Set<String> erased = new HashSet<>();
    private final AuditLog audit;
    private long lastNumber;

    PlainTokenStore(AuditLog audit) {
        this.audit = audit;
    }

    /** Returns the log as other writers use it: it discards events of erased tenants. */
    AuditLog log() {
        return (AuditLog) Proxy.newProxyInstance(
                AuditLog.class.getClassLoader(), new Class<?>[] {AuditLog.class}, (proxy, method, arguments) -> {
                    synchronized (this) {
                        boolean dropped = arguments != null
                                && arguments[0] instanceof AuditEvent event
                                && erased.contains(event.tenantId());
                        return dropped ? null : method.invoke(audit, arguments);
                    }
                });
    }

    // ---- the steps

    boolean isTenant(StoredToken row, String tenantId) {
        return row.tenantId().equals(tenantId);
    }

    boolean isId(StoredToken row, String id) {
        return row.id().equals(id);
    }

    boolean isSelector(StoredToken row, String selector) {
        return row.selector().equals(selector);
    }

    /** Returns the row as it is after it was written and read. */
    StoredToken kept(StoredToken row) {
        return row;
    }

    long nextNumber() {
        return ++lastNumber;
    }

    boolean isActive(StoredToken row, Instant now) {
        return row.isActive(now);
    }

    boolean mayShareName(StoredToken token, StoredToken row) {
        return token.isSameOrRotationNeighbor(row);
    }

    boolean isExpected(StoredToken row, StoredToken changed) {
        return row.revision() == changed.revision() && !row.isRevoked();
    }

    StoredToken replaced(StoredToken row, StoredToken changed) {
        return changed.toBuilder()
                .lastUsedAt(row.lastUsedAt())
                .expiryNotice(row.expiryNotice())
                .revision(row.revision() + 1)
                .build();
    }

    StoredToken revoked(StoredToken row, Instant at) {
        return row.toBuilder().revokedAt(at).revision(row.revision() + 1).build();
    }

    StoredToken used(StoredToken row, Instant at, Duration apart) {
        boolean later = row.lastUsedAt() == null
                || (row.lastUsedAt().isBefore(at)
                        && !row.lastUsedAt().plus(apart).isAfter(at));
        return later ? row.toBuilder().lastUsedAt(at).build() : row;
    }

    boolean isOf(TokenGroup group, StoredToken row) {
        return group.holds(row);
    }

    private boolean isListed(StoredToken row, TokenFilter filter) {
        Optional<Instant> from = filter.endsAfter();
        return filter.tenantId().stream().allMatch(tenantId -> isTenant(row, tenantId))
                && filter.createdBy().stream().allMatch(user -> isCreator(row, user))
                && filter.lastUsedBefore().stream().allMatch(time -> isUnusedSince(row, time))
                && (from.isEmpty()
                        || !row.isRevoked()
                                && (filter.maxLifetime().isEmpty()
                                        ? endsIn(
                                                row,
                                                from.get(),
                                                filter.endsBefore().orElseThrow())
                                        : endsByMaximumIn(row, filter)));
    }

    boolean endsByMaximumIn(StoredToken row, TokenFilter filter) {
        Instant end = Objects.requireNonNull(filter.end(row));
        return end.isAfter(filter.endsAfter().orElseThrow())
                && end.isBefore(filter.endsBefore().orElseThrow());
    }

    boolean isCreator(StoredToken row, String userId) {
        return userId.equals(row.createdBy());
    }

    boolean isUnusedSince(StoredToken row, Instant time) {
        return (row.lastUsedAt() == null ? row.createdAt() : row.lastUsedAt()).isBefore(time);
    }

    boolean endsIn(StoredToken row, Instant from, Instant before) {
        return row.effectiveExpiry() != null
                && row.effectiveExpiry().isAfter(from)
                && row.effectiveExpiry().isBefore(before);
    }

    boolean refusesTokensOf(String tenantId) {
        return gone.contains(tenantId);
    }

    /** Returns the row with the state of its tenant. */
    StoredToken told(StoredToken row) {
        return row.toBuilder()
                .tenantSuspended(suspended.contains(row.tenantId()))
                .tenantGone(gone.contains(row.tenantId()))
                .build();
    }

    void requireFree(StoredToken token, String exceptId) {
        for (StoredToken row : rows.values()) {
            boolean other = !row.id().equals(exceptId);
            if (other && (row.id().equals(token.id()) || isSelector(row, token.selector()))) {
                throw new StorageException("taken");
            }
        }
    }

    void tell(List<AuditEvent> events) {
        events.forEach(audit::append);
    }

    void put(StoredToken row) {
        rows.put(row.id(), kept(row));
    }

    static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the store

    @Override
    public FoundTokens find(TokenLookup lookup) {
        return FoundTokens.stored(rows(lookup.selectors()));
    }

    synchronized List<StoredToken> rows(List<String> selectors) {
        return rows.values().stream()
                .filter(row -> selectors.stream().anyMatch(selector -> isSelector(row, selector)))
                .map(this::told)
                .toList();
    }

    @Override
    public synchronized Optional<StoredToken> get(String tenantId, String tokenId) {
        return rows.values().stream()
                .filter(row -> isTenant(row, tenantId) && isId(row, tokenId))
                .map(this::told)
                .findFirst();
    }

    @Override
    public synchronized List<StoredToken> list(TokenFilter filter) {
        return rows.values().stream()
                .filter(row -> isListed(row, filter) && row.number() < filter.before())
                .sorted(Comparator.comparing(StoredToken::number).reversed())
                .limit(filter.limit())
                .map(this::told)
                .toList();
    }

    @Override
    public synchronized boolean isNameTaken(String tenantId, String name, Instant now) {
        return rows.values().stream()
                .anyMatch(row -> isTenant(row, tenantId) && row.name().equals(name) && isActive(row, now));
    }

    @Override
    public InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
        if (rule.isEmpty()) {
            return ifKept(insert(token, events));
        }
        synchronized (this) {
            if (breaks(rule, token)) {
                return InsertResult.refused(InsertResult.Kind.NAME_TAKEN);
            }
            return areTooMany(rule, List.of(), List.of(token))
                    ? InsertResult.refused(InsertResult.Kind.TOO_MANY_TOKENS)
                    : ifKept(insert(token, events));
        }
    }

    synchronized InsertResult ifKept(StoredToken token) {
        return rows.containsKey(token.id())
                ? InsertResult.stored(token)
                : InsertResult.refused(InsertResult.Kind.TENANT_GONE);
    }

    @Override
    public WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
        if (rule.isEmpty()) {
            return update(changed, events);
        }
        synchronized (this) {
            if (breaks(rule, changed)) {
                return WriteResult.NAME_TAKEN;
            }
            return areTooMany(rule, replacedBy(changed), List.of(changed))
                    ? WriteResult.TOO_MANY_TOKENS
                    : update(changed, events);
        }
    }

    List<StoredToken> replacedBy(StoredToken changed) {
        return get(changed.tenantId(), changed.id()).stream().toList();
    }

    boolean breaks(TokenConstraints rule, StoredToken token) {
        return rule.uniqueName()
                && rows.values().stream()
                        .anyMatch(row -> isTenant(row, token.tenantId())
                                && row.name().equals(token.name())
                                && isActive(row, rule.at())
                                && !mayShareName(token, row));
    }

    boolean areTooMany(TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written) {
        return checks(rule, replaced, written).stream()
                .anyMatch(check -> !check.passes(rows.values().stream()
                        .filter(row -> isCounted(check, row))
                        .toList()));
    }

    List<LiveTokenCheck> checks(TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written) {
        return rule.live().checks(rule.at(), replaced, written);
    }

    boolean isCounted(LiveTokenCheck check, StoredToken row) {
        return check.counts(row);
    }

    public synchronized StoredToken insert(StoredToken token, List<AuditEvent> events) {
        requireFree(token, "");
        if (refusesTokensOf(token.tenantId())) {
            return token;
        }
        StoredToken row = token.toBuilder().number(nextNumber()).build();
        put(row);
        tell(events);
        return row;
    }

    public synchronized WriteResult update(StoredToken changed, List<AuditEvent> events) {
        Optional<StoredToken> row = get(changed.tenantId(), changed.id()).filter(r -> isExpected(r, changed));
        if (row.isEmpty()) {
            return WriteResult.STALE;
        }
        if (refusesTokensOf(changed.tenantId())) {
            return WriteResult.TENANT_GONE;
        }
        requireFree(changed, changed.id());
        put(replaced(row.get(), changed));
        tell(events);
        return WriteResult.APPLIED;
    }

    @Override
    public synchronized WriteResult rotate(
            StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events) {
        Optional<StoredToken> row = get(predecessor.tenantId(), predecessor.id())
                .filter(r -> isExpected(r, predecessor) && r.successorId() == null);
        if (row.isEmpty()) {
            return WriteResult.STALE;
        }
        if (refusesTokensOf(predecessor.tenantId())) {
            return WriteResult.TENANT_GONE;
        }
        if (areTooMany(rule, List.of(row.get()), List.of(predecessor, successor))) {
            return WriteResult.TOO_MANY_TOKENS;
        }
        requireFree(successor, "");
        put(replaced(row.get(), predecessor));
        put(successor.toBuilder().number(nextNumber()).build());
        tell(events);
        return WriteResult.APPLIED;
    }

    @Override
    public synchronized WriteResult revoke(SingleRevocation revocation) {
        Optional<StoredToken> row =
                get(revocation.tenantId(), revocation.tokenId()).filter(r -> !r.isRevoked());
        if (row.isEmpty()) {
            return WriteResult.STALE;
        }
        put(withReason(revoked(row.get(), revocation.at()), revocation.reason()));
        tell(revocation.events());
        return WriteResult.APPLIED;
    }

    @Override
    public synchronized long revokeAll(GroupRevocation revocation) {
        List<StoredToken> standing = standing(revocation.group());
        List<AuditEvent> events = events(revocation, standing);
        standing.forEach(row -> put(withReason(revoked(row, revocation.at()), revocation.reason())));
        tell(events);
        return observed(revocation, standing);
    }

    private static StoredToken withReason(StoredToken row, String reason) {
        return row.toBuilder().revocationReason(reason).build();
    }

    List<StoredToken> standing(TokenGroup group) {
        return rows.values().stream()
                .filter(row -> isOf(group, row) && !row.isRevoked())
                .toList();
    }

    static List<AuditEvent> events(GroupRevocation revocation, List<StoredToken> standing) {
        return standing.stream()
                .map(row -> revocation.event(row.tenantId(), row.id()))
                .toList();
    }

    long observed(GroupRevocation revocation, List<StoredToken> revoked) {
        revoked.forEach(row -> revocation.revoked(rows.get(row.id())));
        return revoked.size();
    }

    @Override
    public synchronized WriteResult setSuspended(String tenantId, Instant since, List<AuditEvent> events) {
        if (isGone(tenantId)) {
            return WriteResult.TENANT_GONE;
        }
        boolean changed = since != null ? suspended.add(tenantId) : suspended.remove(tenantId);
        if (changed) {
            tell(events);
        }
        return changed ? WriteResult.APPLIED : WriteResult.STALE;
    }

    @Override
    public synchronized WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        if (!gone.add(tenantId)) {
            return WriteResult.STALE;
        }
        tell(events);
        return WriteResult.APPLIED;
    }

    @Override
    public synchronized boolean isGone(String tenantId) {
        return gone.contains(tenantId);
    }

    @Override
    public synchronized WriteResult setErased(String tenantId, List<AuditEvent> events) {
        if (!isGone(tenantId) || !erased.add(tenantId)) {
            return WriteResult.STALE;
        }
        tell(events);
        return WriteResult.APPLIED;
    }

    @Override
    public synchronized int deleteErased(String tenantId, int limit) {
        if (!erased.contains(tenantId)) {
            throw new IllegalStateException("not erased");
        }
        List<String> some = rows.values().stream()
                .filter(row -> row.tenantId().equals(tenantId))
                .map(StoredToken::id)
                .limit(limit)
                .toList();
        some.forEach(rows::remove);
        return some.isEmpty() ? audit.purge(tenantId, Instant.MAX, limit) : some.size();
    }

    @Override
    public synchronized WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
        return update(changed, events);
    }

    @Override
    public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
        Set<String> first = new HashSet<>();
        for (StoredToken row : new ArrayList<>(rows.values())) {
            usedAt.forEach((id, at) -> {
                if (isId(row, id)) {
                    if (row.lastUsedAt() == null) {
                        first.add(id);
                    }
                    put(used(row, at, apart));
                }
            });
        }
        return new Noted(first, Set.of());
    }

    @Override
    public synchronized boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
        Optional<StoredToken> row = get(token.tenantId(), token.id()).filter(r -> isClaimable(r, token));
        row.ifPresent(r -> put(r.toBuilder().expiryNotice(notice).build()));
        return row.isPresent();
    }

    boolean isClaimable(StoredToken row, StoredToken token) {
        return isExpected(row, token) && Objects.equals(row.expiryNotice(), token.expiryNotice());
    }
}
