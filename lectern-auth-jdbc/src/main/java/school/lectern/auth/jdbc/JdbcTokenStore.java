package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Tokens in a table. A change is one conditional statement, followed in the same transaction by its audit rows and, last before
 * the commit, by its change number. All writers take locks in that order, after the tenant's row if there are constraints. So a
 * writer that waits for a token's row does not block writers of other tokens.
 */
final class JdbcTokenStore implements TokenStore {

    /** The maximum number of attempts if another writer takes a token's id or selector between the read and the insert. */
    private static final int ATTEMPTS = 5;

    /** The index of the column after the token's columns, in a look-up. */
    private static final int BROKEN = TokenRow.SELECT.split(" FROM ", 2)[0].split(",", -1).length + 1;

    private final Database database;
    private final JdbcChangeFeed changes;
    private final TenantRows tenants;
    private final NumberedTransactions transactions;
    private final TenantTransactions tenantTransactions;
    private final GroupTransactions groupTransactions;
    private final LastUsedRows lastUsed;
    private final TokenNames names;
    private final LiveTokenCounts live;

    /** The requirements on the server and the session that a token is read from. */
    private final List<DatabaseProduct.Required> required;

    private final SharedValues shared = new SharedValues();

    /** The look-up by one selector, which almost every request executes. */
    private final String findOne;

    /**
     * @param audit receives the audit rows that the table rejected in the transaction of their change
     * @param bulk the bounds of the revocation of a group
     */
    JdbcTokenStore(
            Database database, JdbcChangeFeed changes, AuditLog audit, TenantRows tenants, BulkRevocation.Bounds bulk) {
        this.database = database;
        this.changes = changes;
        this.tenants = tenants;
        this.transactions = new NumberedTransactions(database, changes, audit);
        this.tenantTransactions = new TenantTransactions(database, tenants, transactions);
        this.groupTransactions = new GroupTransactions(database, transactions, shared, bulk);
        this.lastUsed = new LastUsedRows(database);
        this.names = new TokenNames(database, shared);
        this.live = new LiveTokenCounts(database);
        this.required = database.dialect().checks().ofEachLookup();
        this.findOne = lookup("k.selector = ?");
    }

    @Override
    public FoundTokens find(TokenLookup lookup) {
        List<String> selectors = lookup.selectors();
        String sql = selectors.size() == 1 ? findOne : lookup("k.selector IN (" + Sql.marks(selectors.size()) + ")");
        return FoundTokens.stored(
                database
                        .query(
                                "looking up a token",
                                sql,
                                statement -> Sql.setAll(statement, 1, selectors),
                                this::readIfAny)
                        .stream()
                        .flatMap(Optional::stream)
                        .toList());
    }

    /** Returns a statement whose result has a row even if no token matches, since it contains the check of the requirements. */
    private String lookup(String condition) {
        String select = TokenRow.SELECT
                .replace(
                        " FROM ${p}tokens k",
                        ", s.broken FROM (SELECT ${broken} AS broken) s LEFT JOIN ${p}tokens k ON ${which}")
                .replace(" WHERE ", "");
        return database.sql(select.replace("${broken}", DatabaseProduct.firstBroken(required))
                .replace("${which}", condition));
    }

    private Optional<StoredToken> readIfAny(ResultSet row) throws SQLException {
        DatabaseProduct.requireNone(required, row.getInt(BROKEN));
        return row.getString(2) == null ? Optional.empty() : Optional.of(read(row));
    }

    @Override
    public Optional<ChangeFeed> changes() {
        return Optional.of(changes);
    }

    @Override
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        return database
                .checkedQuery(
                        "reading a token",
                        select("k.token_id = ? AND k.tenant_id = ?"),
                        statement -> Sql.setAll(statement, 1, List.of(tokenId, tenantId)),
                        this::read)
                .stream()
                .findFirst();
    }

    @Override
    public List<StoredToken> list(TokenFilter filter) {
        TokenCondition condition = new TokenCondition(filter);
        return database.checkedQuery("listing tokens", select(condition.sql()), condition::set, this::read);
    }

    /** Reads only the index, for the tokens of one tenant. */
    @Override
    public List<Long> listNumbers(TokenFilter filter) {
        TokenCondition condition = new TokenCondition(filter);
        return database.checkedQuery(
                "listing the numbers of tokens",
                database.sql("SELECT k.id FROM ${p}tokens k WHERE " + condition.sql()),
                condition::set,
                row -> row.getLong(1));
    }

    @Override
    public boolean isNameTaken(String tenantId, String name, Instant now) {
        return names.isTaken(tenantId, name, now);
    }

    @Override
    public InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
        tenants.require(token.tenantId());
        return database.transaction("keeping a new token", connection -> {
            if (!tenants.lockUnlessGone(connection, token.tenantId())) {
                return InsertResult.refused(InsertResult.Kind.TENANT_GONE);
            }
            if (names.isTaken(connection, rule, token)) {
                return InsertResult.refused(InsertResult.Kind.NAME_TAKEN);
            }
            if (live.wouldExceed(connection, rule, List.of(), List.of(token))) {
                return InsertResult.refused(InsertResult.Kind.TOO_MANY_TOKENS);
            }
            long number = insert(connection, token);
            AuditRow.insert(connection, database, events);
            VersionFence.raise(connection, database, token);
            return InsertResult.stored(token.toBuilder().number(number).build());
        });
    }

    @Override
    public List<InsertResult> insertAll(List<TokenInsert> tokens) {
        return tokens.isEmpty() ? List.of() : insertAll(tokens, 1);
    }

    /**
     * Splits the list if one of its tokens cannot be stored, or another writer took its id or selector: the others are stored.
     */
    private List<InsertResult> insertAll(List<TokenInsert> tokens, int attempt) {
        this.tenants.requireAll(
                tokens.stream().map(each -> each.token().tenantId()).distinct().toList());
        try {
            return database.transaction(
                    "storing " + tokens.size() + " new tokens",
                    connection -> new BulkInsert(connection, database, tenants, live, tokens).run());
        } catch (StorageException failed) {
            SqlFailure why = SqlFailure.of(failed);
            if (why != SqlFailure.VALUE_REJECTED && why != SqlFailure.DUPLICATE_KEY) {
                throw failed;
            }
            if (tokens.size() > 1) {
                int half = tokens.size() / 2;
                List<InsertResult> results = new ArrayList<>(insertAll(tokens.subList(0, half), 1));
                results.addAll(insertAll(tokens.subList(half, tokens.size()), 1));
                return results;
            }
            if (why == SqlFailure.VALUE_REJECTED) {
                return List.of(InsertResult.refused(InsertResult.Kind.REJECTED));
            }
            if (attempt == ATTEMPTS) {
                throw failed;
            }
            return insertAll(tokens, attempt + 1);
        }
    }

    @Override
    public WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
        return constrained(rule, changed.tenantId(), "changing token " + changed.id(), (connection, number) -> {
            if (names.isTaken(connection, rule, changed)) {
                return WriteResult.NAME_TAKEN;
            }
            Optional<StoredToken> stored = stored(connection, changed);
            if (stored.isPresent() && stored.get().tenantGone()) {
                return WriteResult.TENANT_GONE;
            }
            if (stored.isPresent() && live.wouldExceed(connection, rule, List.of(stored.get()), List.of(changed))) {
                return WriteResult.TOO_MANY_TOKENS;
            }
            if (stored.isEmpty() || !replace(connection, changed)) {
                return WriteResult.STALE;
            }
            AuditRow.insert(connection, database, events);
            VersionFence.raise(connection, database, changed);
            if (!changed.hasSameAuthorization(stored.get())) {
                number.take(connection, new Change.OfToken(changed.id()));
            }
            return WriteResult.APPLIED;
        });
    }

    @Override
    public WriteResult rotate(
            StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events) {
        String what = "rotating token " + predecessor.id();
        return constrained(rule, predecessor.tenantId(), what, (connection, number) -> {
            Optional<StoredToken> stored = stored(connection, predecessor);
            if (stored.isPresent() && stored.get().tenantGone()) {
                return WriteResult.TENANT_GONE;
            }
            if (stored.isEmpty() || stored.get().successorId() != null) {
                return WriteResult.STALE;
            }
            if (live.wouldExceed(connection, rule, List.of(stored.get()), List.of(predecessor, successor))) {
                return WriteResult.TOO_MANY_TOKENS;
            }
            if (!replace(connection, predecessor)) {
                return WriteResult.STALE;
            }
            insert(connection, successor);
            AuditRow.insert(connection, database, events);
            VersionFence.raise(connection, database, successor);
            number.take(connection, new Change.OfToken(predecessor.id()));
            return WriteResult.APPLIED;
        });
    }

    /** Makes a change of a token. The tenant's row is locked first if there are constraints. */
    private WriteResult constrained(
            TokenConstraints rule,
            String tenantId,
            String what,
            NumberedTransactions.NumberedWork<WriteResult> change) {
        if (rule.isEmpty()) {
            return transactions.numbered(what, change);
        }
        tenants.require(tenantId);
        return transactions.numbered(
                what,
                (connection, number) -> tenants.lockUnlessGone(connection, tenantId)
                        ? change.with(connection, number)
                        : WriteResult.TENANT_GONE);
    }

    @Override
    public WriteResult revoke(SingleRevocation revocation) {
        return transactions.endTokens("revoking a token", (connection, number, rows) -> {
            int revoked = Sql.update(
                    connection,
                    database.sql("UPDATE ${p}tokens SET revoked_at = ?, revocation_reason = ?,"
                            + " revision = revision + 1 WHERE token_id = ? AND tenant_id = ? AND revoked_at IS NULL"),
                    statement -> {
                        statement.setLong(1, revocation.at().toEpochMilli());
                        statement.setString(2, revocation.reason());
                        statement.setString(3, revocation.tokenId());
                        statement.setString(4, revocation.tenantId());
                    });
            if (revoked != 1) {
                return WriteResult.STALE;
            }
            rows.insert(connection, revocation.events());
            number.take(connection, new Change.OfToken(revocation.tokenId()));
            return WriteResult.APPLIED;
        });
    }

    @Override
    public long revokeAll(GroupRevocation revocation) {
        return groupTransactions.run(revocation);
    }

    @Override
    public WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
        return tenantTransactions.setSuspended(tenantId, since, events);
    }

    @Override
    public WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        return tenantTransactions.setGone(tenantId, since, events);
    }

    @Override
    public boolean isGone(String tenantId) {
        return tenants.isGone(tenantId);
    }

    @Override
    public WriteResult setErased(String tenantId, List<AuditEvent> events) {
        return tenantTransactions.setErased(tenantId, events);
    }

    @Override
    public int deleteErased(String tenantId, int limit) {
        return tenantTransactions.deleteErased(tenantId, limit);
    }

    @Override
    public WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
        return database.requestTransaction("rehashing token " + changed.id(), database.deadline(), loan -> {
            if (!lockUnlessHeld(loan.connection(), changed) || !replace(loan.connection(), changed)) {
                return WriteResult.STALE;
            }
            AuditRow.insert(loan.connection(), database, events);
            return WriteResult.APPLIED;
        });
    }

    /** Does not wait for the row, since a request waits for this: if it is locked, the next request tries again. */
    private boolean lockUnlessHeld(Connection connection, StoredToken token) throws SQLException {
        return !Sql.query(
                        connection,
                        database.sql("SELECT id FROM ${p}tokens WHERE token_id = ? FOR UPDATE SKIP LOCKED"),
                        statement -> statement.setString(1, token.id()),
                        row -> row.getLong(1))
                .isEmpty();
    }

    @Override
    public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
        return lastUsed.record(usedAt, apart);
    }

    @Override
    public boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
        ExpiryNotice last = token.expiryNotice();
        String isLast =
                last == null ? "expiry_notice_end IS NULL" : "expiry_notice_end = ? AND expiry_notice_ahead = ?";
        String claim = "UPDATE ${p}tokens SET expiry_notice_end = ?, expiry_notice_ahead = ?"
                + " WHERE token_id = ? AND tenant_id = ? AND revision = ? AND revoked_at IS NULL AND " + isLast;
        int claimed = database.transaction(
                "claiming the notice of the end of token " + token.id(),
                connection -> Sql.update(connection, database.sql(claim), statement -> {
                    TokenRow.setNotice(statement, 1, notice);
                    statement.setString(3, token.id());
                    statement.setString(4, token.tenantId());
                    statement.setLong(5, token.revision());
                    if (last != null) {
                        TokenRow.setNotice(statement, 6, last);
                    }
                }));
        return claimed == 1;
    }

    private long insert(Connection connection, StoredToken token) throws SQLException {
        Sql.update(connection, database.sql(TokenRow.INSERT), statement -> TokenRow.setForInsert(statement, token));
        return Sql.query(
                        connection,
                        database.sql("SELECT id FROM ${p}tokens WHERE token_id = ?"),
                        statement -> statement.setString(1, token.id()),
                        row -> row.getLong(1))
                .get(0);
    }

    /** Returns the stored token, if it still has the revision that the change is based on. */
    private Optional<StoredToken> stored(Connection connection, StoredToken changed) throws SQLException {
        return Sql.query(
                        connection,
                        select("k.token_id = ? AND k.tenant_id = ? AND k.revision = ?"),
                        statement -> {
                            statement.setString(1, changed.id());
                            statement.setString(2, changed.tenantId());
                            statement.setLong(3, changed.revision());
                        },
                        this::read)
                .stream()
                .findFirst();
    }

    private boolean replace(Connection connection, StoredToken changed) throws SQLException {
        return Sql.update(
                        connection,
                        database.sql(TokenRow.UPDATE),
                        statement -> TokenRow.setForUpdate(statement, changed))
                == 1;
    }

    private StoredToken read(ResultSet row) throws SQLException {
        return TokenRow.read(row, shared);
    }

    private String select(String where) {
        return database.sql(TokenRow.SELECT + where);
    }
}
