package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A new and empty database for one test.
 *
 * @param kind the database product
 * @param host the host and port of its server, as in a URL; empty for H2, which has no server
 * @param url the JDBC URL
 * @param user the user
 */
record TestDatabase(Kind kind, String host, String url, String user) {

    private static final AtomicInteger NEXT = new AtomicInteger();

    enum Kind {
        H2,
        POSTGRESQL,
        OLDEST_POSTGRESQL,
        MARIADB;

        /** Returns the products that a test runs on. The long form includes the oldest PostgreSQL. */
        static List<Kind> all() {
            return Rounds.LONG ? List.of(values()) : List.of(H2, POSTGRESQL, MARIADB);
        }

        static List<Kind> servers() {
            return all().stream().filter(kind -> kind != H2).toList();
        }

        boolean isPostgres() {
            return this == POSTGRESQL || this == OLDEST_POSTGRESQL;
        }
    }

    /** Creates a database. A database in files of this process is created in that folder. */
    static TestDatabase of(Kind kind, Path folder) throws SQLException {
        String name = "fault" + NEXT.incrementAndGet();
        if (kind == Kind.H2) {
            return new TestDatabase(kind, "", "jdbc:h2:file:" + folder.toAbsolutePath() + "/" + name, "sa");
        }
        if (kind == Kind.MARIADB) {
            return onServer(kind, "jdbc:mariadb://", "127.0.0.1:" + MariaDb.port(), "/auth", "root", name);
        }
        int port = (kind == Kind.POSTGRESQL ? Postgres.server() : Postgres.oldest()).getPort();
        return onServer(kind, "jdbc:postgresql://", "127.0.0.1:" + port, "/postgres", "postgres", name);
    }

    private static TestDatabase onServer(
            Kind kind, String scheme, String host, String existing, String user, String name) throws SQLException {
        try (HikariDataSource pool = Pools.of(scheme + host + existing, user)) {
            H2.execute(pool, "CREATE DATABASE " + name);
        }
        return new TestDatabase(kind, host, scheme + host + "/" + name, user);
    }

    HikariDataSource pool() {
        return Pools.of(url, user);
    }

    /** Returns the same database, reached through the proxy. */
    TestDatabase through(TcpProxy proxy) {
        String way = url.replace(host, proxy.host());
        // So that each commit is visible on the wire by its name. Otherwise the driver prepares the statement only
        // once.
        return new TestDatabase(kind, proxy.host(), kind.isPostgres() ? way + "?prepareThreshold=0" : way, user);
    }

    int port() {
        return Integer.parseInt(host.substring(host.indexOf(':') + 1));
    }

    @Override
    public String toString() {
        return kind.toString();
    }
}
