package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import school.lectern.auth.jdbc.connection.Sql;

/** Real H2 databases for tests. */
final class H2 {

    private static final AtomicInteger NEXT = new AtomicInteger();

    private H2() {}

    /** Returns a new in-memory database, which lives until this process ends. */
    static HikariDataSource inMemory() {
        return Pools.of("jdbc:h2:mem:test" + NEXT.incrementAndGet() + ";DB_CLOSE_DELAY=-1", "sa");
    }

    /** Returns the database in that file, and creates it if it does not exist. */
    static HikariDataSource file(Path file) {
        return Pools.of("jdbc:h2:file:" + file.toAbsolutePath(), "sa");
    }

    static void execute(DataSource source, String sql) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static long number(DataSource source, String sql) throws SQLException {
        try (Connection connection = source.getConnection()) {
            return Sql.query(connection, sql, none -> {}, row -> row.getLong(1)).get(0);
        }
    }
}
