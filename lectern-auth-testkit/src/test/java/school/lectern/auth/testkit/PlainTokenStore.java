package school.lectern.auth.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.NameRule;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/** A token store in the plainest words: right as it stands, and made of steps that a planted bug can override. */
class PlainTokenStore implements TokenStore {

    final Map<String, StoredToken> rows = new LinkedHashMap<>();
    private final AuditLog audit;
    private long lastNumber;

    PlainTokenStore(AuditLog audit) {
        this.audit = audit;
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

    /** What a row is after it was written and read. */
    StoredToken kept(StoredToken row) {
        return row;
    }

    long nextNumber() {
        return ++lastNumber;
    }

    boolean isExpected(StoredToken row, StoredToken changed) {
        return row.revision() == changed.revision() && !row.isRevoked();
    }

    StoredToken replaced(StoredToken row, StoredToken changed) {
        return changed.toBuilder()
                .lastUsedAt(row.lastUsedAt())
                .revision(row.revision() + 1)
                .build();
    }

    StoredToken revoked(StoredToken row, Instant at) {
        return row.toBuilder().revokedAt(at).revision(row.revision() + 1).build();
    }

    StoredToken used(StoredToken row, Instant at) {
        boolean later = row.lastUsedAt() == null || row.lastUsedAt().isBefore(at);
        return later ? row.toBuilder().lastUsedAt(at).build() : row;
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
    public synchronized List<StoredToken> find(Collection<String> selectors) {
        return rows.values().stream()
                .filter(row -> selectors.stream().anyMatch(selector -> isSelector(row, selector)))
                .toList();
    }

    @Override
    public synchronized Optional<StoredToken> get(String tenantId, String tokenId) {
        return rows.values().stream()
                .filter(row -> isTenant(row, tenantId) && isId(row, tokenId))
                .findFirst();
    }

    @Override
    public synchronized List<StoredToken> list(String tenantId, long before, int limit) {
        return rows.values().stream()
                .filter(row -> isTenant(row, tenantId) && row.number() < before)
                .sorted(Comparator.comparing(StoredToken::number).reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized boolean isNameTaken(String tenantId, String name, Instant now) {
        return rows.values().stream()
                .anyMatch(row -> isTenant(row, tenantId) && row.name().equals(name) && row.isActive(now));
    }

    @Override
    public Optional<StoredToken> insert(StoredToken token, NameRule rule, List<AuditEvent> events) {
        if (rule.uniqueAt() == null) {
            return Optional.of(insert(token, events));
        }
        synchronized (this) {
            return breaks(rule, token) ? Optional.empty() : Optional.of(insert(token, events));
        }
    }

    @Override
    public Outcome update(StoredToken changed, NameRule rule, List<AuditEvent> events) {
        if (rule.uniqueAt() == null) {
            return update(changed, events);
        }
        synchronized (this) {
            return breaks(rule, changed) ? Outcome.NAME_TAKEN : update(changed, events);
        }
    }

    boolean breaks(NameRule rule, StoredToken token) {
        Instant now = rule.uniqueAt();
        return rows.values().stream()
                .anyMatch(row -> isTenant(row, token.tenantId())
                        && row.name().equals(token.name())
                        && row.isActive(now)
                        && !row.id().equals(token.id()));
    }

    public synchronized StoredToken insert(StoredToken token, List<AuditEvent> events) {
        requireFree(token, "");
        StoredToken row = token.toBuilder().number(nextNumber()).build();
        put(row);
        tell(events);
        return row;
    }

    public synchronized Outcome update(StoredToken changed, List<AuditEvent> events) {
        Optional<StoredToken> row = get(changed.tenantId(), changed.id()).filter(r -> isExpected(r, changed));
        if (row.isEmpty()) {
            return Outcome.STALE;
        }
        requireFree(changed, changed.id());
        put(replaced(row.get(), changed));
        tell(events);
        return Outcome.DONE;
    }

    @Override
    public synchronized Outcome rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
        Optional<StoredToken> row = get(predecessor.tenantId(), predecessor.id())
                .filter(r -> isExpected(r, predecessor) && r.successorId() == null);
        if (row.isEmpty()) {
            return Outcome.STALE;
        }
        requireFree(successor, "");
        put(replaced(row.get(), predecessor));
        put(successor.toBuilder().number(nextNumber()).build());
        tell(events);
        return Outcome.DONE;
    }

    @Override
    public synchronized Outcome revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
        Optional<StoredToken> row = get(tenantId, tokenId).filter(r -> !r.isRevoked());
        if (row.isEmpty()) {
            return Outcome.STALE;
        }
        put(revoked(row.get(), at));
        tell(events);
        return Outcome.DONE;
    }

    @Override
    public synchronized void noteUse(Map<String, Instant> usedAt) {
        for (StoredToken row : new ArrayList<>(rows.values())) {
            usedAt.forEach((id, at) -> {
                if (isId(row, id)) {
                    put(used(row, at));
                }
            });
        }
    }
}
