package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A new and empty database for one test.
 *
 * @param kind which
 * @param host where its server listens, as a URL has it; empty for H2, which has none
 * @param url how it is reached
 * @param user by whom
 */
record TestDatabase(Kind kind, String host, String url, String user) {

    private static final AtomicInteger NEXT = new AtomicInteger();

    enum Kind {
        H2,
        POSTGRESQL,
        OLDEST_POSTGRESQL,
        MARIADB;

        /** Those that a test runs on: in its long form the oldest PostgreSQL, too. */
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

    /** Makes one; in that folder if it is kept in files of this process. */
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

    /** The same database by another way to its server. */
    TestDatabase through(TcpProxy proxy) {
        String way = url.replace(host, proxy.host());
        // So that each commit says its name: otherwise the driver prepares it once.
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
