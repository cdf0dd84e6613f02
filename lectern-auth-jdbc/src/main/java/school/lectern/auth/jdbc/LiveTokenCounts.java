package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.LiveTokenCheck;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.token.StoredToken;

/**
 * Counts the live tokens of a tenant or a creator. The caller has locked the tenant's row in an earlier statement of the
 * transaction, so the count includes every token that was added, and no other transaction can add one.
 */
final class LiveTokenCounts {

    /** The line of a token. Nodes of version 1 store none. */
    private static final String LINE = "COALESCE(k.line_id, k.token_id)";

    private final Database database;

    LiveTokenCounts(Database database) {
        this.database = database;
    }

    /** Returns whether a change of rows of one line would exceed a maximum of the rule. */
    boolean wouldExceed(
            Connection connection, TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written)
            throws SQLException {
        for (LiveTokenCheck check : rule.live().checks(rule.at(), replaced, written)) {
            Count live = count(connection, check);
            if (!check.passes(live.all(), live.ofLine())) {
                return true;
            }
        }
        return false;
    }

    /**
     * The live tokens of a check.
     *
     * @param all how much all lines count
     * @param ofLine the number of live tokens of the check's line
     */
    record Count(long all, long ofLine) {}

    Count count(Connection connection, LiveTokenCheck check) throws SQLException {
        return Sql.query(
                        connection,
                        database.sql(sql(check)),
                        statement -> set(statement, check),
                        row -> new Count(row.getLong(1), row.getLong(2)))
                .get(0);
    }

    /** Returns the statement that counts, as {@link LiveTokenCheck#count}. */
    static String sql(LiveTokenCheck check) {
        String creator = check.createdBy() == null ? "" : " AND k.created_by = ?";
        return "SELECT SUM(CASE WHEN l.live > 1 THEN l.live - 1 ELSE l.live END),"
                + " SUM(CASE WHEN l.of_line = ? THEN l.live ELSE 0 END)"
                + " FROM (SELECT " + LINE + " AS of_line, COUNT(*) AS live FROM ${p}tokens k"
                + " WHERE k.tenant_id = ? AND " + TokenRow.ACTIVE + creator + " GROUP BY " + LINE + ") l";
    }

    /** Sets all parameters of {@link #sql}. */
    static void set(PreparedStatement statement, LiveTokenCheck check) throws SQLException {
        statement.setString(1, check.lineId());
        statement.setString(2, check.tenantId());
        statement.setLong(3, check.at().toEpochMilli());
        statement.setLong(4, check.at().toEpochMilli());
        if (check.createdBy() != null) {
            statement.setString(5, check.createdBy());
        }
    }
}
