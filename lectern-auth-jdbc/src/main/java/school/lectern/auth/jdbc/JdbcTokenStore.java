package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Tokens in a table. A change is one conditional statement; in the same transaction follow its audit rows and, last before
 * the commit, its number. All writers lock in that order, after the tenant where names are unique, so a writer that waits for
 * a token's row holds up nobody who changes another token.
 */
final class JdbcTokenStore implements TokenStore {

    private static final Logger log = LoggerFactory.getLogger(JdbcTokenStore.class);

    private static final int AT_ONCE = 200;

    /** How often a token is tried whose id or selector another writer takes between the look and the insert. */
    private static final int ATTEMPTS = 5;

    /** The column after those of the token, in a look-up. */
    private static final int BROKEN = TokenRow.SELECT.split(" FROM ", 2)[0].split(",", -1).length + 1;

    private final Database database;
    private final JdbcChangeFeed changes;
    private final AuditLog audit;
    private final TenantRows tenants;

    /** What has to be true of the server and the session that a token is read from. */
    private final List<DatabaseProduct.Required> required;

    private final BulkRevocation.Bounds bulk;

    private final SharedValues shared = new SharedValues();

    /** What every request asks, put together once. */
    private final String findOne;

    /**
     * @param audit where rows go that the table refused in the transaction of their change
     * @param bulk how many tokens of a group are revoked together
     */
    JdbcTokenStore(
            Database database, JdbcChangeFeed changes, AuditLog audit, TenantRows tenants, BulkRevocation.Bounds bulk) {
        this.bulk = bulk;
        this.database = database;
        this.changes = changes;
        this.audit = audit;
        this.tenants = tenants;
        this.required = database.dialect().checks().ofEachLookup();
        this.findOne = lookup("k.selector = ?");
    }

    @Override
    public FoundTokens find(TokenLookup lookup) {
        List<String> selectors = lookup.selectors();
        String sql =
                selectors.size() == 1 ? findOne : lookup("k.selector IN (" + Database.marks(selectors.size()) + ")");
        return FoundTokens.stored(database
                .query(
                        "looking up a token",
                        sql,
                        statement -> Database.setAll(statement, 1, selectors),
                        this::readIfAny)
                .stream()
                .flatMap(Optional::stream)
                .toList());
    }

    /** Comes back with a row also where there is no such token: what the server is like is part of the answer. */
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
                        statement -> Database.setAll(statement, 1, List.of(tokenId, tenantId)),
                        this::read)
                .stream()
                .findFirst();
    }

    @Override
    public List<StoredToken> list(String tenantId, long before, int limit) {
        return database.checkedQuery(
                "listing tokens",
                select("k.tenant_id = ? AND k.id < ? ORDER BY k.tenant_id DESC, k.id DESC LIMIT ?"),
                statement -> {
                    statement.setString(1, tenantId);
                    statement.setLong(2, before);
                    statement.setInt(3, limit);
                },
                this::read);
    }

    /** Read from the index alone. */
    @Override
    public List<Long> listNumbers(String tenantId, long before, int limit) {
        return database.checkedQuery(
                "listing the numbers of tokens",
                database.sql("SELECT id FROM ${p}tokens WHERE tenant_id = ? AND id < ?"
                        + " ORDER BY tenant_id DESC, id DESC LIMIT ?"),
                statement -> {
                    statement.setString(1, tenantId);
                    statement.setLong(2, before);
                    statement.setInt(3, limit);
                },
                row -> row.getLong(1));
    }

    @Override
    public boolean isNameTaken(String tenantId, String name, Instant now) {
        return database.query("looking for a name", named(), s -> setNamed(s, tenantId, name, now), this::read).stream()
                .anyMatch(token -> token.name().equals(name));
    }

    @Override
    public Optional<StoredToken> insert(StoredToken token, NameConstraint rule, List<AuditEvent> events) {
        tenants.require(token.tenantId());
        return database.transaction("keeping a new token", connection -> {
            if (!tenants.lockUnlessGone(connection, token.tenantId()) || breaks(connection, rule, token)) {
                return Optional.empty();
            }
            long number = insert(connection, token);
            AuditRow.insert(connection, database, events);
            return Optional.of(token.toBuilder().number(number).build());
        });
    }

    @Override
    public List<InsertResult> insertAll(List<TokenInsert> tokens) {
        return tokens.isEmpty() ? List.of() : insertAll(tokens, 1);
    }

    /** Halved where a token cannot be stored, or another writer has taken its id or selector: the others are not lost for it. */
    private List<InsertResult> insertAll(List<TokenInsert> tokens, int attempt) {
        this.tenants.requireAll(
                tokens.stream().map(each -> each.token().tenantId()).distinct().toList());
        try {
            return database.transaction(
                    "storing " + tokens.size() + " new tokens",
                    connection -> new BulkInsert(connection, database, tenants, tokens).run());
        } catch (StorageException failed) {
            SqlFailure why = SqlFailure.of(failed);
            if (why != SqlFailure.UNFIT && why != SqlFailure.DUPLICATE) {
                throw failed;
            }
            if (tokens.size() > 1) {
                int half = tokens.size() / 2;
                List<InsertResult> results = new ArrayList<>(insertAll(tokens.subList(0, half), 1));
                results.addAll(insertAll(tokens.subList(half, tokens.size()), 1));
                return results;
            }
            if (why == SqlFailure.UNFIT) {
                return List.of(InsertResult.refused(InsertResult.Kind.REJECTED));
            }
            if (attempt == ATTEMPTS) {
                throw failed;
            }
            return insertAll(tokens, attempt + 1);
        }
    }

    @Override
    public WriteResult update(StoredToken changed, NameConstraint rule, List<AuditEvent> events) {
        if (rule.uniqueAt() != null) {
            tenants.require(changed.tenantId());
        }
        return numbered("changing token " + changed.id(), (connection, number) -> {
            if (rule.uniqueAt() != null && !tenants.lockUnlessGone(connection, changed.tenantId())) {
                return WriteResult.TENANT_GONE;
            }
            if (breaks(connection, rule, changed)) {
                return WriteResult.NAME_TAKEN;
            }
            Optional<StoredToken> stored = stored(connection, changed);
            if (stored.isPresent() && stored.get().tenantGone()) {
                return WriteResult.TENANT_GONE;
            }
            if (stored.isEmpty() || !replace(connection, changed)) {
                return WriteResult.STALE;
            }
            AuditRow.insert(connection, database, events);
            if (!changed.hasSameAuthorization(stored.get())) {
                number.take(connection, new Change.OfToken(changed.id()));
            }
            return WriteResult.APPLIED;
        });
    }

    /** Whether the rule forbids the token's name; the caller has locked the tenant's row, so nobody else can give the name. */
    private boolean breaks(Connection connection, NameConstraint rule, StoredToken token) throws SQLException {
        Instant now = rule.uniqueAt();
        if (now == null) {
            return false;
        }
        return Database.query(connection, named(), s -> setNamed(s, token.tenantId(), token.name(), now), this::read)
                .stream()
                .anyMatch(other -> other.name().equals(token.name()) && !token.isSameOrRotationNeighbor(other));
    }

    private String named() {
        return select("k.tenant_id = ? AND k.name = ? AND " + TokenRow.ACTIVE);
    }

    private static void setNamed(PreparedStatement statement, String tenantId, String name, Instant now)
            throws SQLException {
        statement.setString(1, tenantId);
        statement.setString(2, name);
        statement.setLong(3, now.toEpochMilli());
        statement.setLong(4, now.toEpochMilli());
    }

    @Override
    public WriteResult rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
        return numbered("rotating token " + predecessor.id(), (connection, number) -> {
            Optional<StoredToken> stored = stored(connection, predecessor);
            if (stored.isPresent() && stored.get().tenantGone()) {
                return WriteResult.TENANT_GONE;
            }
            boolean mayRotate = stored.isPresent() && stored.get().successorId() == null;
            if (!mayRotate || !replace(connection, predecessor)) {
                return WriteResult.STALE;
            }
            insert(connection, successor);
            AuditRow.insert(connection, database, events);
            number.take(connection, new Change.OfToken(predecessor.id()));
            return WriteResult.APPLIED;
        });
    }

    @Override
    public WriteResult revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
        return endTokens("revoking a token", (connection, number, rows) -> {
            int revoked = Database.update(
                    connection,
                    database.sql("UPDATE ${p}tokens SET revoked_at = ?, revision = revision + 1"
                            + " WHERE token_id = ? AND tenant_id = ? AND revoked_at IS NULL"),
                    statement -> {
                        statement.setLong(1, at.toEpochMilli());
                        statement.setString(2, tokenId);
                        statement.setString(3, tenantId);
                    });
            if (revoked != 1) {
                return WriteResult.STALE;
            }
            rows.insert(connection, events);
            number.take(connection, new Change.OfToken(tokenId));
            return WriteResult.APPLIED;
        });
    }

    @Override
    public long revokeAll(GroupRevocation revocation) {
        String what = "revoking tokens together";
        List<long[]> revoked = ForgoneAuditRows.make(
                what,
                database,
                audit,
                rows -> noted(number -> database.bulk(what, (connection, end) -> {
                    number.taken = false;
                    rows.begin();
                    List<long[]> numbers = new BulkRevocation(connection, database, revocation, bulk).run(rows, end);
                    if (!numbers.isEmpty()) {
                        number.take(connection, Change.of(revocation.group()));
                    }
                    return numbers;
                })));
        if (revocation.isObserved()) {
            revoked.forEach(numbers -> observe(revocation, numbers));
        }
        return revoked.stream().mapToLong(numbers -> numbers.length).sum();
    }

    /** What is broken in a row keeps no other one from being observed; that all are revoked is committed. */
    private void observe(GroupRevocation revocation, long[] numbers) {
        try {
            database.query(
                            "reading revoked tokens",
                            select("k.id IN (" + Database.marks(numbers.length) + ") ORDER BY k.id"),
                            statement -> Database.setAll(statement, 1, numbers),
                            row -> TokenRow.readForItsEnd(row, shared))
                    .forEach(revocation::revoked);
        } catch (StorageException unreadable) {
            log.warn(
                    "{} tokens were revoked and could not be read for their listener",
                    numbers.length,
                    RedactedFailure.of(unreadable));
        }
    }

    @Override
    public WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
        if (since != null) {
            tenants.require(tenantId);
        }
        Database.Work<Boolean> set = connection -> tenants.setSuspended(connection, tenantId, since);
        // To resume gives access back: without its audit row, that is not done.
        WriteResult outcome = since == null
                ? numbered(
                        "resuming a tenant",
                        (connection, number) -> changeTenant(
                                connection, number, tenantId, set, () -> AuditRow.insert(connection, database, events)))
                : endTenant("suspending a tenant", tenantId, events, set);
        return outcome == WriteResult.STALE && isGone(tenantId) ? WriteResult.TENANT_GONE : outcome;
    }

    private WriteResult endTenant(String what, String tenantId, List<AuditEvent> events, Database.Work<Boolean> set) {
        return endTokens(
                what,
                (connection, number, rows) ->
                        changeTenant(connection, number, tenantId, set, () -> rows.insert(connection, events)));
    }

    private interface AuditWriting {
        void write() throws SQLException;
    }

    /** @param set changes the tenant's row, and returns whether it was not like that already */
    private static WriteResult changeTenant(
            Connection connection,
            ChangeNumber number,
            String tenantId,
            Database.Work<Boolean> set,
            AuditWriting auditRows)
            throws SQLException {
        if (!set.with(connection)) {
            return WriteResult.STALE;
        }
        auditRows.write();
        number.take(connection, new Change.OfTenant(tenantId));
        return WriteResult.APPLIED;
    }

    @Override
    public WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        tenants.require(tenantId);
        return endTenant(
                "marking a tenant as gone",
                tenantId,
                events,
                connection -> tenants.setGone(connection, tenantId, since));
    }

    @Override
    public boolean isGone(String tenantId) {
        return tenants.isGone(tenantId);
    }

    @Override
    public WriteResult setErased(String tenantId, List<AuditEvent> events) {
        return endTenant(
                "marking a tenant as erased", tenantId, events, connection -> tenants.setErased(connection, tenantId));
    }

    @Override
    public int deleteErased(String tenantId, int limit) {
        int deleted = deleteSome(tenantId, limit);
        return deleted == 0 && tenants.awaitWritesBeforeErasure(tenantId) ? deleteSome(tenantId, limit) : deleted;
    }

    private int deleteSome(String tenantId, int limit) {
        return numbered("erasing a tenant", (connection, number) -> {
            int tokens = tenants.deleteTokens(connection, tenantId, limit);
            if (tokens == 0) {
                return tenants.deleteAudit(connection, tenantId, limit);
            }
            number.take(connection, new Change.OfTenant(tenantId));
            return tokens;
        });
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

    /** A request waits for this: where somebody holds the row, the next one tries again. */
    private boolean lockUnlessHeld(Connection connection, StoredToken token) throws SQLException {
        return !Database.query(
                        connection,
                        database.sql("SELECT id FROM ${p}tokens WHERE token_id = ? FOR UPDATE SKIP LOCKED"),
                        statement -> statement.setString(1, token.id()),
                        row -> row.getLong(1))
                .isEmpty();
    }

    @Override
    public List<StoredToken> findExpiring(Instant since, Instant before, long after, int limit) {
        String end =
                "LEAST(COALESCE(k.expires_at, k.grace_period_ends_at), COALESCE(k.grace_period_ends_at, k.expires_at))";
        return database.query(
                "looking for tokens that end",
                // The second line says no more than the third, but in words that an index can answer.
                select("k.revoked_at IS NULL AND k.id > ?"
                        + " AND (k.expires_at < ? OR k.grace_period_ends_at < ?)"
                        + " AND " + end + " > ? AND " + end + " < ? ORDER BY k.id LIMIT ?"),
                statement -> {
                    statement.setLong(1, after);
                    statement.setLong(2, Database.nextMilli(before));
                    statement.setLong(3, Database.nextMilli(before));
                    statement.setLong(4, since.toEpochMilli());
                    statement.setLong(5, Database.nextMilli(before));
                    statement.setInt(6, limit);
                },
                this::read);
    }

    @Override
    public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
        List<String> ids = new ArrayList<>(usedAt.keySet());
        Set<String> first = new HashSet<>();
        Set<String> leftOut = new HashSet<>();
        for (List<String> some : Database.portions(ids, AT_ONCE)) {
            Noted noted = database.transaction(
                    "noting the use of tokens", connection -> recordLastUsed(connection, some, usedAt, apart));
            first.addAll(noted.firstUses());
            leftOut.addAll(noted.leftOut());
        }
        return new Noted(first, leftOut);
    }

    /** A row that nobody holds, and whether it was used before. */
    private record Free(String id, boolean unused) {}

    private Noted recordLastUsed(Connection connection, List<String> ids, Map<String, Instant> usedAt, Duration apart)
            throws SQLException {
        // Rows that somebody holds are left for the next time: a use is never worth waiting for.
        List<Free> free = Database.query(
                connection,
                database.sql("SELECT token_id, last_used_at FROM ${p}tokens WHERE token_id IN ("
                        + Database.marks(ids.size()) + ") ORDER BY id FOR UPDATE SKIP LOCKED"),
                statement -> Database.setAll(statement, 1, ids),
                row -> new Free(row.getString(1), TokenRow.readTime(row, 2) == null));
        Set<String> first = new HashSet<>();
        Set<String> leftOut = new HashSet<>(ids);
        String sql = "UPDATE ${p}tokens SET last_used_at = ?"
                + " WHERE token_id = ? AND (last_used_at IS NULL OR last_used_at <= ?)";
        try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
            for (Free row : free) {
                Instant used = usedAt.get(row.id());
                leftOut.remove(row.id());
                if (used != null) {
                    statement.setLong(1, used.toEpochMilli());
                    statement.setString(2, row.id());
                    statement.setLong(3, used.toEpochMilli() - Math.max(1, apart.toMillis()));
                    statement.addBatch();
                    if (row.unused()) {
                        first.add(row.id());
                    }
                }
            }
            statement.executeBatch();
        }
        return new Noted(first, leftOut);
    }

    private long insert(Connection connection, StoredToken token) throws SQLException {
        Database.update(
                connection, database.sql(TokenRow.INSERT), statement -> TokenRow.setForInsert(statement, token));
        return Database.query(
                        connection,
                        database.sql("SELECT id FROM ${p}tokens WHERE token_id = ?"),
                        statement -> statement.setString(1, token.id()),
                        row -> row.getLong(1))
                .get(0);
    }

    /** The row from which a change was made, if it still is what it was. */
    private Optional<StoredToken> stored(Connection connection, StoredToken changed) throws SQLException {
        return Database.query(
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
        return Database.update(
                        connection,
                        database.sql(TokenRow.UPDATE),
                        statement -> TokenRow.setForUpdate(statement, changed))
                == 1;
    }

    /** A transaction that may take a number. */
    private interface NumberedWork<T> {
        T with(Connection connection, ChangeNumber number) throws SQLException;
    }

    /** Works in a transaction that ends tokens, and whose audit rows must not keep it from that. */
    private <T> T endTokens(String what, EndingWork<T> work) {
        return ForgoneAuditRows.make(
                what,
                database,
                audit,
                rows -> numbered(what, (connection, number) -> {
                    rows.begin();
                    return work.with(connection, number, rows);
                }));
    }

    private interface EndingWork<T> {
        T with(Connection connection, ChangeNumber number, ForgoneAuditRows rows) throws SQLException;
    }

    private <T> T numbered(String what, NumberedWork<T> work) {
        return noted(number -> database.transaction(what, connection -> {
            number.taken = false;
            return work.with(connection, number);
        }));
    }

    /** The change is noted when it is committed: a wait for its confirmation then looks for it. */
    private <T> T noted(Function<ChangeNumber, T> transaction) {
        ChangeNumber number = new ChangeNumber(changes.newMark());
        T done = transaction.apply(number);
        if (number.taken) {
            changes.noteOwn(number.mark);
        }
        return done;
    }

    /** The number of a change, and its mark. */
    private final class ChangeNumber {
        private final long mark;
        private boolean taken;

        ChangeNumber(long mark) {
            this.mark = mark;
        }

        /** The last thing before the commit: whoever locks the counter's row waits for nothing more. */
        void take(Connection connection, Change change) throws SQLException {
            Database.update(
                    connection,
                    database.sql(
                            "UPDATE ${p}change_counter SET change_number = change_number + 1, mark = ? WHERE id = 1"),
                    statement -> statement.setLong(1, mark));
            Database.update(
                    connection,
                    database.sql("INSERT INTO ${p}changes (change_number, mark, token_id, tenant_id, user_id)"
                            + " VALUES ((SELECT change_number FROM ${p}change_counter WHERE id = 1), ?, ?, ?, ?)"),
                    statement -> {
                        statement.setLong(1, mark);
                        statement.setString(2, change instanceof Change.OfToken one ? one.tokenId() : null);
                        statement.setString(3, change instanceof Change.OfTenant tenant ? tenant.tenantId() : null);
                        statement.setString(4, change instanceof Change.OfUser user ? user.userId() : null);
                    });
            taken = true;
        }
    }

    private StoredToken read(ResultSet row) throws SQLException {
        return TokenRow.read(row, shared);
    }

    private String select(String where) {
        return database.sql(TokenRow.SELECT + where);
    }
}
