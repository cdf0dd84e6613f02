package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct.Required;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.token.StoredToken;

/**
 * Keeps nodes of an older version from allowing what a setting forbids that they do not have, for example the use of a disabled
 * token. The counter's row has the lowest version that may read tokens. The transaction that first stores such a setting raises
 * it. Each look-up and each poll checks it, in the same statement: a node of a lower version gets no rows and no lease, and
 * answers with server errors. Revocations are not affected.
 */
final class VersionFence {

    private VersionFence() {}

    /**
     * Returns the requirement that the tables have no setting that a version does not have.
     *
     * @param tables the start of the tables' names
     */
    static Required required(String tables, int version) {
        return new Required(
                "(SELECT f.min_reader FROM " + tables + "change_counter f WHERE f.id = 1) <= " + version,
                "the tables have tokens with settings that version " + version + " of the tables does not have, so this"
                        + " process could allow what they forbid: replace it with one of a newer version of"
                        + " lectern-auth");
    }

    /** Returns the lowest version that reads the token correctly. */
    static int versionOf(StoredToken token) {
        return token.isDisabled()
                        || token.notBefore() != null
                        || !token.lifetimeStartedAt().equals(token.createdAt())
                ? 2
                : 1;
    }

    /**
     * Raises the fence for a token that the transaction stores. Must be called after all other locks are taken, because it may
     * lock the counter. The row is read again for each such token: after a restore, it may be lower than it was.
     */
    static void raise(Connection connection, Database database, StoredToken token) throws SQLException {
        raise(connection, database, versionOf(token));
    }

    static void raise(Connection connection, Database database, int version) throws SQLException {
        if (version == 1) {
            return;
        }
        String lower = " FROM ${p}change_counter WHERE id = 1 AND min_reader < ?";
        boolean isLower = !Sql.query(
                        connection,
                        database.sql("SELECT id" + lower),
                        statement -> statement.setInt(1, version),
                        row -> row.getInt(1))
                .isEmpty();
        if (isLower) {
            Sql.update(
                    connection,
                    database.sql("UPDATE ${p}change_counter SET min_reader = ? WHERE id = 1 AND min_reader < ?"),
                    statement -> {
                        statement.setInt(1, version);
                        statement.setInt(2, version);
                    });
        }
    }
}
