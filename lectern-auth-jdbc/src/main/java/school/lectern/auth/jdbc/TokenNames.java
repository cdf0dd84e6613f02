package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.token.StoredToken;

/** Finds the active tokens of a tenant that have a name. Names are compared character by character, by this process. */
final class TokenNames {

    private final Database database;
    private final SharedValues shared;

    TokenNames(Database database, SharedValues shared) {
        this.database = database;
        this.shared = shared;
    }

    /** Returns whether an active token of the tenant has the name. */
    boolean isTaken(String tenantId, String name, Instant now) {
        return database.query("looking for a name", named(), s -> setNamed(s, tenantId, name, now), this::read).stream()
                .anyMatch(token -> token.name().equals(name));
    }

    /**
     * Returns whether the rule forbids the token's name because it is taken. The caller has locked the tenant's row, so no
     * other transaction can take the name.
     */
    boolean isTaken(Connection connection, TokenConstraints rule, StoredToken token) throws SQLException {
        return rule.uniqueName()
                && Sql.query(
                                connection,
                                named(),
                                s -> setNamed(s, token.tenantId(), token.name(), rule.at()),
                                this::read)
                        .stream()
                        .anyMatch(other -> other.name().equals(token.name()) && !token.isSameOrRotationNeighbor(other));
    }

    private String named() {
        return database.sql(TokenRow.SELECT + "k.tenant_id = ? AND k.name = ? AND " + TokenRow.ACTIVE);
    }

    private static void setNamed(PreparedStatement statement, String tenantId, String name, Instant now)
            throws SQLException {
        statement.setString(1, tenantId);
        statement.setString(2, name);
        statement.setLong(3, now.toEpochMilli());
        statement.setLong(4, now.toEpochMilli());
    }

    private StoredToken read(ResultSet row) throws SQLException {
        return TokenRow.read(row, shared);
    }
}
