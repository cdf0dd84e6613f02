package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import school.lectern.auth.jdbc.connection.Sql;

/** A PostgreSQL primary with a hot standby that receives its changes by streaming replication. */
final class ReplicatedPostgres implements AutoCloseable {

    private final EmbeddedPostgres primary = Postgres.start();
    private final EmbeddedPostgres standby;

    /**
     * Starts both servers.
     *
     * @param folder the folder for the files of the standby
     */
    ReplicatedPostgres(Path folder) throws Exception {
        Path copy = folder.resolve("standby");
        try (HikariDataSource pool = Postgres.pool(primary);
                Connection connection = pool.getConnection()) {
            Sql.query(connection, "SELECT pg_backup_start('standby', true)", none -> {}, row -> 1);
            copy(Path.of(text(connection, "SHOW data_directory")), copy);
            String label = text(connection, "SELECT labelfile FROM pg_backup_stop()");
            Files.writeString(copy.resolve("backup_label"), label);
        }
        Files.writeString(copy.resolve("standby.signal"), "");
        Files.writeString(
                copy.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 user=postgres port=" + primary.getPort() + "'\n");
        standby = Postgres.withSettings(
                        EmbeddedPostgres.builder().setDataDirectory(copy).setCleanDataDirectory(false))
                .start();
    }

    private static String text(Connection connection, String sql) throws SQLException {
        return Sql.query(connection, sql, none -> {}, row -> row.getString(1)).get(0);
    }

    private static void copy(Path from, Path to) throws IOException {
        List<String> left = List.of("postmaster.pid", "postmaster.opts");
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                Files.setPosixFilePermissions(
                        to.resolve(from.relativize(folder).toString()), PosixFilePermissions.fromString("rwx------"));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!left.contains(file.getFileName().toString())) {
                    try {
                        Files.copy(file, to.resolve(from.relativize(file).toString()));
                    } catch (NoSuchFileException removedMeanwhile) {
                        return FileVisitResult.CONTINUE;
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException removedMeanwhile) {
                return FileVisitResult.CONTINUE;
            }
        });
    }

    HikariDataSource primary() {
        return Postgres.pool(primary);
    }

    HikariDataSource standby() {
        return Postgres.pool(standby);
    }

    /** Waits until the standby has applied everything that the primary has committed. */
    void awaitReplay() throws Exception {
        try (HikariDataSource from = primary();
                HikariDataSource to = standby();
                Connection source = from.getConnection();
                Connection target = to.getConnection()) {
            String end = text(source, "SELECT pg_current_wal_lsn()");
            String reached =
                    "SELECT CASE WHEN pg_last_wal_replay_lsn() >= '" + end + "'::pg_lsn THEN 'yes' ELSE 'no' END";
            Patience.await().until(() -> text(target, reached).equals("yes"));
        }
    }

    /** Makes the standby lag from now on. */
    void pauseReplay() throws Exception {
        try (HikariDataSource pool = standby();
                Connection connection = pool.getConnection()) {
            Sql.query(connection, "SELECT pg_wal_replay_pause()", none -> {}, row -> 1);
            Patience.await()
                    .until(() -> text(connection, "SELECT pg_get_wal_replay_pause_state()")
                            .equals("paused"));
        }
    }

    /** Cuts the replication: the standby never receives what the primary commits from now on. */
    void cutOff() throws Exception {
        try (HikariDataSource pool = standby();
                Connection connection = pool.getConnection()) {
            Sql.update(connection, "ALTER SYSTEM SET primary_conninfo = ''", none -> {});
            Sql.query(connection, "SELECT pg_reload_conf()", none -> {}, row -> 1);
            Patience.await()
                    .until(() -> text(connection, "SELECT COUNT(*)::text FROM pg_stat_wal_receiver")
                            .equals("0"));
        }
    }

    /** Stops the primary, and promotes the standby with the data that it has. */
    void failOver() throws Exception {
        primary.close();
        try (HikariDataSource pool = standby();
                Connection connection = pool.getConnection()) {
            Sql.query(connection, "SELECT pg_promote()", none -> {}, row -> 1);
            Patience.await()
                    .until(() ->
                            text(connection, "SELECT pg_is_in_recovery()::text").equals("false"));
        }
    }

    @Override
    public void close() {
        for (EmbeddedPostgres server : List.of(standby, primary)) {
            try {
                server.close();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }
}
