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
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.spi.StorageException;

/**
 * Makes the tables, upgrades older ones, or checks that they are the ones that this version of the library reads and writes.
 *
 * <p>Each version is a file of statements that lead to it from the one before, under the folder {@code ddl}. Nodes that start
 * at once all run them, without a lock that a node could die with: every statement does nothing where it has been run, and the
 * last one of a file says that its version is reached.
 */
final class Schema {

    /** The files, from version 1 on. A file that was released is never changed: nodes have run it, and Flyway compares. */
    static final List<String> FILES =
            List.of("V1__lectern_auth.sql", "V2__confirm_millis.sql", "V3__states_and_bounds.sql");

    private static final int VERSION = FILES.size();

    private static final String PREFIX_IN_FILES = "lectern_";

    private static final int ATTEMPTS = 10;

    /** What the databases say of a table that is not there. */
    private static final Set<String> NO_SUCH_TABLE = Set.of("42P01", "42S02", "42S03", "42S04");

    private final Connection connection;
    private final DatabaseProduct dialect;
    private final String prefix;
    private final String folder;

    /** The schema that the tables are in; where there are none yet, the one that they would be made in. */
    private final String name;

    /** @throws StorageException if the connection looks for tables in no schema */
    Schema(Connection connection, DatabaseProduct dialect, String prefix) throws SQLException {
        this.connection = connection;
        this.dialect = dialect;
        this.prefix = prefix;
        this.folder = "ddl/" + dialect.product().toLowerCase(Locale.ROOT) + "/";
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
        Database.query(connection, query, none -> {}, row -> found.add(row.getString(1)));
        return found.isEmpty() ? null : found.get(0);
    }

    /** What the names of the tables begin with in statements: whatever schemas a session looks in later, these are meant. */
    String tables() {
        return dialect.quoted(name) + "." + prefix;
    }

    /** Makes the tables or upgrades them, step by step. Tables of this version or a later one are left as they are. */
    void create() throws SQLException {
        List<String> files = missing(installed());
        if (!files.isEmpty() && !name.equals(name(dialect.names().makesIn()))) {
            throw new StorageException(
                    "the tables are in the schema " + name + ", and new ones would be made in another one: put " + name
                            + " first in the search_path of the user who upgrades them");
        }
        for (String file : files) {
            for (String sql : statements(file)) {
                run(sql);
            }
        }
    }

    /** @throws StorageException if the tables are missing, or of another version */
    void check() throws SQLException {
        int version = installed();
        String files = "createTables(), or " + String.join(", ", missing(version)) + " of " + folder;
        if (version == 0) {
            throw new StorageException(
                    "there are no tables of lectern-auth with the prefix \"" + prefix + "\"; make them with " + files);
        }
        if (version != VERSION) {
            throw new StorageException("the tables with the prefix \"" + prefix + "\" are of version " + version
                    + ", and this version of lectern-auth works with version " + VERSION + "; "
                    + (version < VERSION ? "upgrade them with " + files : "a newer one has upgraded them: use that"));
        }
    }

    /** The version of the tables that this version of the library reads and writes. */
    static int version() {
        return VERSION;
    }

    private static List<String> missing(int version) {
        return FILES.subList(Math.min(version, VERSION), VERSION);
    }

    /** 0 if there is none. */
    private int installed() throws SQLException {
        try {
            return Database.query(
                            connection,
                            "SELECT MAX(version) FROM " + tables() + "schema_version",
                            none -> {},
                            result -> result.getInt(1))
                    .get(0);
        } catch (SQLException failed) {
            // The catalogs would show other schemas' tables, too.
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
                // Another node may be at the same statement at this moment: then there is nothing to do the next time.
                if (attempt == ATTEMPTS) {
                    throw failed;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10L * attempt));
            }
        }
    }

    private List<String> statements(String file) {
        return Arrays.stream(
                        script(folder + file).replace(PREFIX_IN_FILES, prefix).split(";"))
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
