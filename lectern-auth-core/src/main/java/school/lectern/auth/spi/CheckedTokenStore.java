package school.lectern.auth.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.time.StoreTime;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * A token store that checks the results of another store against the request. A row that was not requested (another selector,
 * id or tenant, a second row of one selector, more rows than the limit, rows in another order) comes from a broken store, and
 * so does the result {@code null}. It is a {@link StorageException}, which becomes the dialect's server error. If it were
 * treated as a miss, the client would learn that its token is unknown; if it were treated as a match, one tenant could see the
 * tokens of another tenant.
 *
 * <p>{@code LecternAuth} and the cache check the store that they are given, so applications need not do so.
 */
public final class CheckedTokenStore implements TokenStore {

    private final TokenStore store;

    /** @param store the store whose results are checked */
    public CheckedTokenStore(TokenStore store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    @Override
    public FoundTokens find(TokenLookup lookup) {
        FoundTokens found = store.find(lookup);
        require(found != null, "a look-up returned null");
        return new CheckedRows(found, lookup);
    }

    /** Checks the rows when they are requested. */
    private record CheckedRows(FoundTokens found, TokenLookup lookup) implements FoundTokens {
        @Override
        public @Nullable List<StoredToken> rowsAt(Moment now) {
            List<StoredToken> rows = found.rowsAt(now);
            return rows == null ? null : requested(rows, lookup);
        }

        @Override
        public boolean areFromMemory() {
            return found.areFromMemory();
        }
    }

    /** Most look-ups return one row, found by the first selector. It is checked without creating the text of the selectors. */
    private static List<StoredToken> requested(List<StoredToken> rows, TokenLookup lookup) {
        boolean isTheFirst = rows.size() == 1 && rows.get(0).key().equals(lookup.key());
        if (!isTheFirst && !rows.isEmpty()) {
            requireSelectors(rows, lookup.selectors());
        }
        return rows;
    }

    private static void requireSelectors(List<StoredToken> rows, List<String> selectors) {
        Set<String> open = new HashSet<>(selectors);
        for (StoredToken row : rows) {
            require(open.remove(row.selector()), "a look-up returned a row of another selector, or two of one");
        }
    }

    @Override
    public Optional<Clocks> clocks() {
        return store.clocks();
    }

    @Override
    public Optional<StoreTime> time() {
        return store.time();
    }

    @Override
    public Optional<ChangeFeed> changes() {
        return store.changes();
    }

    @Override
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        Optional<StoredToken> token = store.get(tenantId, tokenId);
        token.ifPresent(row -> require(isToken(row, tenantId, tokenId), "get returned another token"));
        return token;
    }

    private static boolean isToken(StoredToken row, String tenantId, String tokenId) {
        return row.id().equals(tokenId) && row.tenantId().equals(tenantId);
    }

    @Override
    public List<StoredToken> list(TokenFilter filter) {
        List<StoredToken> rows = store.list(filter);
        requireNewestFirst(rows.stream().map(StoredToken::number).toList(), filter);
        rows.forEach(row -> require(filter.accepts(row), "list returned a row that the filter does not accept"));
        return rows;
    }

    @Override
    public List<Long> listNumbers(TokenFilter filter) {
        List<Long> numbers = store.listNumbers(filter);
        requireNewestFirst(numbers, filter);
        return numbers;
    }

    private static void requireNewestFirst(List<Long> numbers, TokenFilter filter) {
        require(numbers.size() <= filter.limit(), "list returned more rows than the limit");
        long last = filter.before();
        for (long number : numbers) {
            require(number < last, "list returned rows that are not the newest first");
            last = number;
        }
    }

    @Override
    public boolean isNameTaken(String tenantId, String name, Instant now) {
        return store.isNameTaken(tenantId, name, now);
    }

    @Override
    public InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
        InsertResult result = store.insert(token, rule, events);
        require(result != null, "insert returned null");
        result.stored()
                .ifPresent(row -> require(
                        isToken(row, token.tenantId(), token.id()) && row.key().equals(token.key()),
                        "insert returned another token"));
        return result;
    }

    @Override
    public List<InsertResult> insertAll(List<TokenInsert> tokens) {
        List<InsertResult> results = store.insertAll(tokens);
        require(results.size() == tokens.size(), "insertAll returned another number of results than of tokens");
        for (int i = 0; i < results.size(); i++) {
            TokenInsert wanted = tokens.get(i);
            results.get(i).stored().ifPresent(row -> require(isOneOf(row, wanted), "insertAll returned another token"));
        }
        return results;
    }

    private static boolean isOneOf(StoredToken row, TokenInsert wanted) {
        StoredToken token = wanted.token();
        return isToken(row, token.tenantId(), token.id()) && wanted.selectors().contains(row.selector());
    }

    @Override
    public WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
        return told(store.update(changed, rule, events));
    }

    @Override
    public WriteResult rotate(
            StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events) {
        return told(store.rotate(predecessor, successor, rule, events));
    }

    @Override
    public WriteResult revoke(SingleRevocation revocation) {
        return told(store.revoke(revocation));
    }

    /** Not compared with the group: an observed token is already revoked, and an exception would only hide that. */
    @Override
    public long revokeAll(GroupRevocation revocation) {
        return store.revokeAll(revocation);
    }

    @Override
    public WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
        return told(store.setSuspended(tenantId, since, events));
    }

    @Override
    public WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        return told(store.setGone(tenantId, since, events));
    }

    @Override
    public boolean isGone(String tenantId) {
        return store.isGone(tenantId);
    }

    @Override
    public WriteResult setErased(String tenantId, List<AuditEvent> events) {
        return told(store.setErased(tenantId, events));
    }

    @Override
    public int deleteErased(String tenantId, int limit) {
        return store.deleteErased(tenantId, limit);
    }

    @Override
    public WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
        return told(store.rehash(changed, events));
    }

    private static WriteResult told(@Nullable WriteResult outcome) {
        if (outcome == null) {
            throw broken("a change returned no outcome");
        }
        return outcome;
    }

    @Override
    public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
        return store.recordLastUsed(usedAt, apart);
    }

    @Override
    public boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
        return store.claimExpiryNotice(token, notice);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw broken(otherwise);
        }
    }

    private static StorageException broken(String what) {
        return new StorageException("the token store is broken: " + what
                + "; it must return what was requested, compared character by character, and nothing else");
    }
}
