package school.lectern.auth.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.StorageException;

/**
 * Creates the tables, upgrades older ones, or checks that they have the version that this version of the library reads and
 * writes.
 *
 * <p>Each version is a file of statements that upgrade the version before it. Nodes that start concurrently all run them,
 * without a lock that a node could die with: a statement that has been run before does nothing, and the last statement of a
 * file records that its version is complete.
 */
final class Schema {

    /**
     * The files of all versions, from version 1 on; <code>${product}</code> is the database's name in lower case. A released
     * file never changes: nodes have run it, and Flyway compares its checksum.
     */
    static final List<String> FILES =
            List.of("ddl/${product}/V1__lectern_auth.sql", "ddl/${product}/V2__lectern_auth.sql");

    private static final String PREFIX_IN_FILES = "lectern_";

    private static final int ATTEMPTS = 10;

    /** The SQL states with which the databases report a missing table. */
    private static final Set<String> NO_SUCH_TABLE = Set.of("42P01", "42S02", "42S03", "42S04");

    private final Connection connection;
    private final DatabaseProduct dialect;
    private final String prefix;
    private final List<String> files;

    /** The schema that contains the tables; if there are no tables yet, the schema that they would be created in. */
    private final String name;

    /**
     * @param files of all versions, from version 1 on: {@link #FILES}, except in tests of later upgrades
     * @throws StorageException if the connection has no current schema
     */
    Schema(Connection connection, DatabaseProduct dialect, String prefix, List<String> files) throws SQLException {
        this.connection = connection;
        this.dialect = dialect;
        this.prefix = prefix;
        String product = dialect.product().toLowerCase(Locale.ROOT);
        this.files =
                files.stream().map(file -> file.replace("${product}", product)).toList();
        String found = name(dialect.names().schema().replace("${p}", prefix));
        if (found == null) {
            throw new StorageException(
                    "the connection has no current schema: name one that exists, as PostgreSQL's search_path"
                            + " does, or a database in the URL");
        }
        this.name = found;
    }

    private @Nullable String name(String query) throws SQLException {
        List<@Nullable String> found = new ArrayList<>();
        Sql.query(connection, query, none -> {}, row -> found.add(row.getString(1)));
        return found.isEmpty() ? null : found.get(0);
    }

    /** The start of the tables' names in statements: qualified, so that they name these tables in any session. */
    String tables() {
        return dialect.quoted(name) + "." + prefix;
    }

    /** Creates the tables or upgrades them, version by version. Tables of this version or a later one do not change. */
    void create() throws SQLException {
        List<String> missing = missing(installed());
        if (!missing.isEmpty() && !name.equals(name(dialect.names().makesIn()))) {
            throw new StorageException(
                    "the tables are in the schema " + name + ", and new ones would be created in another one: put "
                            + name + " first in the search_path of the user who upgrades them");
        }
        for (String file : missing) {
            for (String sql : statements(file)) {
                run(sql);
            }
        }
    }

    /** @throws StorageException if the tables are missing, or of another version */
    void check() throws SQLException {
        int version = installed();
        String upgrade = "a storage without existingTables(), or with " + String.join(", ", missing(version));
        if (version == 0) {
            throw new StorageException("there are no tables of lectern-auth with the prefix \"" + prefix
                    + "\"; create them with " + upgrade);
        }
        if (version != files.size()) {
            throw new StorageException("the tables with the prefix \"" + prefix + "\" are of version " + version
                    + ", and this version of lectern-auth works with version " + files.size() + "; "
                    + (version < files.size()
                            ? "upgrade them with " + upgrade
                            : "a newer version of lectern-auth has upgraded them: use that version"));
        }
    }

    /** The version of the tables that this version of the library reads and writes. */
    static int version() {
        return FILES.size();
    }

    private List<String> missing(int version) {
        return files.subList(Math.min(version, files.size()), files.size());
    }

    /** The version of the tables, or 0 if there are no tables. */
    private int installed() throws SQLException {
        try {
            return Sql.query(
                            connection,
                            "SELECT MAX(version) FROM " + tables() + "schema_version",
                            none -> {},
                            result -> result.getInt(1))
                    .get(0);
        } catch (SQLException failed) {
            // The catalogs are not queried, since they also show the tables of other schemas.
            if (failed.getSQLState() != null && NO_SUCH_TABLE.contains(failed.getSQLState())) {
                return 0;
            }
            throw failed;
        }
    }

    private void run(String sql) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
                return;
            } catch (SQLException failed) {
                // Another node may run the same statement at this moment: then the next attempt does nothing.
                if (attempt == ATTEMPTS) {
                    throw failed;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10L * attempt));
            }
        }
    }

    private List<String> statements(String file) {
        return Arrays.stream(script(file).replace(PREFIX_IN_FILES, prefix).split(";"))
                .filter(sql -> !sql.isBlank())
                .toList();
    }

    private static String script(String name) {
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
