package school.lectern.auth.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import school.lectern.auth.spi.StorageException;

/** Makes the tables, or checks that they are the ones that this version of the library reads and writes. */
final class Schema {

    static final int VERSION = 1;

    private static final int ATTEMPTS = 10;

    private Schema() {}

    static void create(Connection connection, SqlDialect dialect, String prefix) throws SQLException {
        for (int attempt = 1; installed(connection, prefix).isEmpty(); attempt++) {
            try {
                run(connection, statements(dialect, prefix));
            } catch (SQLException failed) {
                // Another node may be making them at this moment: then what failed is there the next time.
                if (attempt == ATTEMPTS) {
                    throw failed;
                }
            }
        }
    }

    /** @throws StorageException if the tables are missing, or of another version */
    static void check(Connection connection, String prefix) throws SQLException {
        OptionalInt version = installed(connection, prefix);
        if (version.isEmpty()) {
            throw new StorageException("there are no tables of lectern-auth with the prefix \"" + prefix
                    + "\"; ask for them with createTables(), or make them from schema-" + VERSION + ".sql");
        }
        if (version.getAsInt() != VERSION) {
            throw new StorageException("the tables with the prefix \"" + prefix + "\" are of version "
                    + version.getAsInt() + "; this version of lectern-auth works with version " + VERSION);
        }
    }

    private static OptionalInt installed(Connection connection, String prefix) throws SQLException {
        try {
            List<Integer> versions = Database.query(
                    connection,
                    "SELECT MAX(version) FROM " + prefix + "schema_version",
                    none -> {},
                    result -> result.getInt(1));
            return versions.get(0) == 0 ? OptionalInt.empty() : OptionalInt.of(versions.get(0));
        } catch (SQLException failed) {
            // Of class 42: what it names is not there. The catalogs would show other schemas' tables, too.
            if (Database.isOfClass("42", failed)) {
                return OptionalInt.empty();
            }
            throw failed;
        }
    }

    private static void run(Connection connection, List<String> statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> statements(SqlDialect dialect, String prefix) {
        String script = dialect.fill(script(), prefix).replaceAll("(?m)^--.*$", "");
        return Arrays.stream(script.split(";"))
                .map(String::strip)
                .filter(sql -> !sql.isEmpty())
                .toList();
    }

    private static String script() {
        String name = "schema-" + VERSION + ".sql";
        try (InputStream in = Schema.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the library's archive");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
