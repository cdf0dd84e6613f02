package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.InsertResult.Kind;
import school.lectern.auth.spi.LiveTokenCheck;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.token.StoredToken;

/**
 * One attempt to store many new tokens, within one transaction. Reads first which ids, selectors and names are taken, so that a
 * token that cannot be stored does not prevent others from being stored. If another writer takes an id or a selector after that
 * read, the insert violates a unique key, and the attempt fails.
 */
final class BulkInsert {

    private final Connection connection;
    private final Database database;
    private final List<TokenInsert> tokens;

    /** Includes the tokens of this attempt that were accepted. */
    private final Set<String> ids;

    private final Set<String> selectors;
    private final Map<Names, Set<String>> names = new HashMap<>();

    private final Set<String> gone;

    private final LiveTokenCounts live;

    /** The live tokens of a tenant or a creator, including the tokens of this attempt that were accepted. */
    private final Map<LiveOf, Long> counted = new HashMap<>();

    /** Locks the rows of the tenants, which must exist, and reads the ids, selectors and names that are taken. */
    BulkInsert(
            Connection connection,
            Database database,
            TenantRows tenants,
            LiveTokenCounts live,
            List<TokenInsert> tokens)
            throws SQLException {
        this.connection = connection;
        this.database = database;
        this.live = live;
        this.tokens = tokens;
        this.gone = tenants.lockAll(
                connection,
                tokens.stream().map(each -> each.token().tenantId()).distinct().toList());
        findNames();
        this.ids =
                taken("token_id", tokens.stream().map(each -> each.token().id()).toList());
        this.selectors = taken(
                "selector",
                tokens.stream().flatMap(each -> each.selectors().stream()).toList());
    }

    /** The tokens that are counted together: those of a tenant, or of a creator in it, that are live at a time. */
    private record LiveOf(String tenantId, @Nullable String createdBy, Instant at) {
        static LiveOf of(LiveTokenCheck check) {
            return new LiveOf(check.tenantId(), check.createdBy(), check.at());
        }
    }

    /** The tokens among which names must be unique: those of a tenant that are active at a time. */
    private record Names(String tenantId, Instant uniqueAt) {
        static @Nullable Names of(TokenInsert token) {
            TokenConstraints rule = token.rule();
            return rule.uniqueName() ? new Names(token.token().tenantId(), rule.at()) : null;
        }
    }

    private void findNames() throws SQLException {
        for (TokenInsert each : tokens) {
            Names where = Names.of(each);
            if (where != null) {
                names.computeIfAbsent(where, none -> new HashSet<>())
                        .add(each.token().name());
            }
        }
        for (Map.Entry<Names, Set<String>> entry : names.entrySet()) {
            entry.setValue(find(entry.getKey(), List.copyOf(entry.getValue())));
        }
    }

    /** Returns those of the names that are taken. */
    private Set<String> find(Names where, List<String> wanted) throws SQLException {
        String find = database.sql("SELECT k.name FROM ${p}tokens k WHERE k.tenant_id = ? AND " + TokenRow.ACTIVE
                + " AND k.name IN (" + Sql.marks(wanted.size()) + ")");
        return new HashSet<>(Sql.query(
                connection,
                find,
                statement -> {
                    statement.setString(1, where.tenantId());
                    statement.setLong(2, where.uniqueAt().toEpochMilli());
                    statement.setLong(3, where.uniqueAt().toEpochMilli());
                    Sql.setAll(statement, 4, wanted);
                },
                row -> row.getString(1)));
    }

    /** Returns those of the values that a stored token has in the column. */
    private Set<String> taken(String column, List<String> values) throws SQLException {
        return new HashSet<>(Sql.query(
                connection,
                database.sql("SELECT " + column + " FROM ${p}tokens WHERE " + column + " IN ("
                        + Sql.marks(values.size()) + ")"),
                statement -> Sql.setAll(statement, 1, values),
                row -> row.getString(1)));
    }

    /** Stores the tokens that can be stored. Returns the result of each token, in the order of the tokens. */
    List<InsertResult> run() throws SQLException {
        List<@Nullable Kind> refusals = new ArrayList<>();
        List<StoredToken> accepted = new ArrayList<>();
        List<TokenInsert> acceptedFrom = new ArrayList<>();
        for (TokenInsert each : tokens) {
            String selector = freeSelector(each);
            Kind refusal = refusal(each, selector);
            refusals.add(refusal);
            if (refusal == null) {
                accepted.add(accept(each, Objects.requireNonNull(selector)));
                acceptedFrom.add(each);
            }
        }
        insert(accepted);
        AuditRow.insert(
                connection,
                database,
                acceptedFrom.stream().map(TokenInsert::event).toList());
        VersionFence.raise(
                connection,
                database,
                accepted.stream().mapToInt(VersionFence::versionOf).max().orElse(1));
        return results(refusals, numbered(accepted));
    }

    private @Nullable String freeSelector(TokenInsert token) {
        for (String selector : token.selectors()) {
            if (!selectors.contains(selector)) {
                return selector;
            }
        }
        return null;
    }

    private @Nullable Kind refusal(TokenInsert token, @Nullable String selector) throws SQLException {
        if (gone.contains(token.token().tenantId())) {
            return Kind.TENANT_GONE;
        }
        if (selector == null || ids.contains(token.token().id())) {
            return Kind.ALREADY_THERE;
        }
        Names where = Names.of(token);
        Set<String> taken = where == null ? Set.of() : names.getOrDefault(where, Set.of());
        if (taken.contains(token.token().name())) {
            return Kind.NAME_TAKEN;
        }
        return isTooMuch(token) ? Kind.TOO_MANY_TOKENS : null;
    }

    private boolean isTooMuch(TokenInsert token) throws SQLException {
        for (LiveTokenCheck check : checks(token)) {
            LiveOf of = LiveOf.of(check);
            Long known = counted.get(of);
            long all = known == null ? live.count(connection, check).all() : known;
            counted.put(of, all);
            // A token without a predecessor begins a line.
            if (!check.passes(all, 0)) {
                return true;
            }
        }
        return false;
    }

    private static List<LiveTokenCheck> checks(TokenInsert token) {
        TokenConstraints rule = token.rule();
        return rule.live().checks(rule.at(), List.of(), List.of(token.token()));
    }

    private StoredToken accept(TokenInsert each, String selector) {
        StoredToken token = each.under(selector);
        ids.add(token.id());
        selectors.add(selector);
        Names where = Names.of(each);
        if (where != null && token.isActive(where.uniqueAt())) {
            names.computeIfAbsent(where, none -> new HashSet<>()).add(token.name());
        }
        checks(each).forEach(check -> counted.merge(LiveOf.of(check), check.more(), Long::sum));
        return token;
    }

    private void insert(List<StoredToken> accepted) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(database.sql(TokenRow.INSERT))) {
            for (StoredToken token : accepted) {
                TokenRow.setForInsert(statement, token);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Returns the tokens with the row ids that the database has assigned. */
    private List<StoredToken> numbered(List<StoredToken> accepted) throws SQLException {
        if (accepted.isEmpty()) {
            return List.of();
        }
        Map<String, Long> numbers = new HashMap<>();
        Sql.query(
                connection,
                database.sql(
                        "SELECT token_id, id FROM ${p}tokens WHERE token_id IN (" + Sql.marks(accepted.size()) + ")"),
                statement -> Sql.setAll(
                        statement, 1, accepted.stream().map(StoredToken::id).toList()),
                row -> numbers.put(row.getString(1), row.getLong(2)));
        return accepted.stream()
                .map(token -> token.toBuilder()
                        .number(Objects.requireNonNull(numbers.get(token.id())))
                        .build())
                .toList();
    }

    private static List<InsertResult> results(List<@Nullable Kind> refusals, List<StoredToken> stored) {
        List<InsertResult> results = new ArrayList<>();
        int next = 0;
        for (Kind refusal : refusals) {
            results.add(refusal == null ? InsertResult.stored(stored.get(next++)) : InsertResult.refused(refusal));
        }
        return results;
    }
}
