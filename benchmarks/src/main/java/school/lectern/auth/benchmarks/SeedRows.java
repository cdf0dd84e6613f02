package school.lectern.auth.benchmarks;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.sql.DataSource;

/**
 * Fills a table with copies of one row. The database computes their ids, selectors and hashes. The secret part of a token is
 * the MD5 of its sequence number.
 */
final class SeedRows {

    private static final String TABLE = "lectern_tokens";
    private static final String PREFIX = "sk_live_lectern_";

    private SeedRows() {}

    /** Adds {@code rows} copies of the only row of the table. */
    static void fill(DataSource source, String database, int rows) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            List<String> columns = columns(statement);
            List<String> values = columns.stream()
                    .map(column -> switch (column) {
                        case "selector" -> "SUBSTRING(" + sha256(database) + ", 1, 32)";
                        case "secret_hash" -> sha256(database);
                        case "token_id", "line_id" -> "CONCAT('apitoken_', LPAD(CONCAT('', n.x), 36, '0'))";
                        default -> "k." + column;
                    })
                    .toList();
            statement.execute("INSERT INTO " + TABLE + " (" + String.join(", ", columns) + ") SELECT "
                    + String.join(", ", values) + " FROM " + TABLE + " k CROSS JOIN " + numbers(database, rows));
            statement.execute(database.equals("mariadb") ? "ANALYZE TABLE " + TABLE : "ANALYZE");
        }
    }

    /** Returns all columns except the row id that the database assigns. */
    private static List<String> columns(Statement statement) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("SELECT * FROM " + TABLE)) {
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                String name = rows.getMetaData().getColumnName(i).toLowerCase(java.util.Locale.ROOT);
                if (!name.equals("id")) {
                    columns.add(name);
                }
            }
        }
        return columns;
    }

    private static String sha256(String database) {
        return switch (database) {
            case "h2" ->
                "LOWER(RAWTOHEX(HASH('SHA-256', '" + PREFIX
                        + "' || LOWER(RAWTOHEX(HASH('MD5', CAST(n.x AS VARCHAR)))))))";
            case "postgresql" -> "ENCODE(SHA256(CAST('" + PREFIX + "' || MD5(CAST(n.x AS TEXT)) AS BYTEA)), 'hex')";
            default -> "SHA2(CONCAT('" + PREFIX + "', MD5(n.x)), 256)";
        };
    }

    private static String numbers(String database, int rows) {
        return switch (database) {
            case "h2" -> "SYSTEM_RANGE(1, " + rows + ") n";
            case "postgresql" -> "generate_series(1, " + rows + ") AS n(x)";
            default -> "(SELECT seq AS x FROM seq_1_to_" + rows + ") n";
        };
    }

    /** Returns the token of a row. */
    static String token(int number) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5")
                    .digest(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
            return PREFIX + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
