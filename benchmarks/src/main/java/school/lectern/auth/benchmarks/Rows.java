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
 * Makes many rows of one: the same but for their ids and selectors, which the database makes itself. A selector is the MD5
 * of the row's number, so that neighbours lie far from each other in the index, as with real ones.
 */
final class Rows {

    private static final String TABLE = "lectern_tokens";

    private Rows() {}

    /** Copies the only row of the table so often. */
    static void fill(DataSource source, String database, int rows) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            List<String> columns = columns(statement);
            List<String> values = columns.stream()
                    .map(column -> switch (column) {
                        case "selector" -> md5(database);
                        case "token_uuid" -> "CONCAT('copy-', n.x)";
                        default -> "k." + column;
                    })
                    .toList();
            statement.execute("INSERT INTO " + TABLE + " (" + String.join(", ", columns) + ") SELECT "
                    + String.join(", ", values) + " FROM " + TABLE + " k CROSS JOIN " + numbers(database, rows));
            statement.execute(database.equals("mariadb") ? "ANALYZE TABLE " + TABLE : "ANALYZE");
        }
    }

    /** All but the number that the database gives. */
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

    private static String md5(String database) {
        return switch (database) {
            case "h2" -> "LOWER(RAWTOHEX(HASH('MD5', CAST(n.x AS VARCHAR))))";
            case "postgresql" -> "MD5(CAST(n.x AS TEXT))";
            default -> "MD5(n.x)";
        };
    }

    private static String numbers(String database, int rows) {
        return switch (database) {
            case "h2" -> "SYSTEM_RANGE(1, " + rows + ") n";
            case "postgresql" -> "generate_series(1, " + rows + ") AS n(x)";
            default -> "(SELECT seq AS x FROM seq_1_to_" + rows + ") n";
        };
    }

    /** The selector of a row. */
    static String selector(int number) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5")
                    .digest(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
