package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.DatabaseProducts;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;

class H2SettingsTest {

    private static final String DELAY =
            "SELECT MAX(CAST(setting_value AS INT)) FROM information_schema.settings WHERE setting_name = 'WRITE_DELAY'";

    @TempDir
    Path folder;

    @Test
    void no_commit_is_acknowledged_before_it_is_written() throws SQLException {
        DataSource source = unpooled("", "sa");
        try (Connection open = source.getConnection()) {
            JdbcStorage.builder(source)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open()
                    .close();
            assertThat(delay(open)).isZero();
        }
    }

    /** H2 loses the setting when its last connection closes, for example when a pool is idle for some minutes. */
    @Test
    void a_database_that_was_reopened_gets_the_setting_again() throws SQLException {
        DataSource source = unpooled("", "sa");
        OpenStorage storage =
                JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open();
        try (Connection open = source.getConnection()) {
            assertThat(delay(open)).as("H2's default").isEqualTo(500);
            storage.tokens().setSuspended("123", Instant.EPOCH, List.of());
            assertThat(delay(open)).isZero();
        }
        storage.close();
    }

    @ParameterizedTest
    @CsvSource({"WRITE_DELAY=700", "LOCK_MODE=0", "RETENTION_TIME=0"})
    void a_setting_that_loses_rows_is_refused_in_a_line_that_says_what_to_do(String setting) throws SQLException {
        String name = setting.substring(0, setting.indexOf('='));
        String remedy = "take it out of the URL, and run SET " + name;
        DataSource asSet = unpooled(";" + setting, "sa");
        assertThatThrownBy(() -> JdbcStorage.builder(asSet)
                        .deadline(Patience.DEADLINE)
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageStartingWith("H2's " + name)
                .hasMessageContaining(remedy);

        DataSource mended = unpooled("", "sa");
        H2.execute(
                mended,
                "SET " + setting.replace("700", "0").replace("MODE=0", "MODE 3").replace("TIME=0", "TIME 45000"));
        JdbcStorage.builder(mended).deadline(Patience.DEADLINE).build().open().close();
    }

    @Test
    void a_database_that_takes_two_tenants_for_one_is_refused() throws SQLException {
        DataSource collated = unpooled(";COLLATION=ENGLISH STRENGTH PRIMARY", "sa");
        assertThatThrownBy(() -> JdbcStorage.builder(collated)
                        .deadline(Patience.DEADLINE)
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageStartingWith("H2's COLLATION");
        H2.execute(collated, "SET COLLATION OFF");

        DataSource careless = unpooled(";IGNORECASE=TRUE", "sa");
        JdbcStorage.Builder careful = JdbcStorage.builder(unpooled("", "sa")).deadline(Patience.DEADLINE);
        assertThatThrownBy(() -> JdbcStorage.builder(careless)
                        .deadline(Patience.DEADLINE)
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageStartingWith("H2's IGNORECASE");
        assertThatThrownBy(() -> careful.build().open()).hasMessageStartingWith("H2's IGNORECASE");
        H2.execute(careless, "DROP ALL OBJECTS");
        H2.execute(careless, "SET IGNORECASE FALSE");
        careful.build().open().close();
        JdbcStorage.builder(careless)
                .deadline(Patience.DEADLINE)
                .existingTables()
                .build()
                .open()
                .close();
    }

    /** A version that does not need a setting skips most of these cases. */
    @Test
    void what_makes_a_commit_durable_is_understood() throws SQLException {
        DataSource source = unpooled("", "sa");
        for (DatabaseProduct.Durability durability : DatabaseProducts.H2.beforeCommit()) {
            H2.execute(source, durability.statement());
            assertThat(H2.number(source, "SELECT COUNT(*) FROM (" + durability.needed() + ")"))
                    .isEqualTo(1);
        }
        H2.execute(source, "SET RETENTION_TIME 45000");
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open().close();
        assertThat(H2.number(
                        source,
                        "SELECT COUNT(DISTINCT setting_value) FROM information_schema.settings"
                                + " WHERE setting_name = 'RETENTION_TIME' AND setting_value = '2147483647'"))
                .isEqualTo(H2.number(source, "SELECT CASE WHEN H2VERSION() LIKE '2.5.%' THEN 1 ELSE 0 END"));
    }

    @Test
    void settings_of_a_database_in_memory_that_lose_nothing_there_are_taken() {
        JdbcStorage.builder(H2.inMemory())
                .deadline(Patience.DEADLINE)
                .build()
                .open()
                .close();
    }

    @Test
    void a_user_without_the_right_to_change_the_setting_is_refused_in_one_line() throws SQLException {
        DataSource administrator = unpooled("", "sa");
        JdbcStorage.builder(administrator)
                .deadline(Patience.DEADLINE)
                .build()
                .open()
                .close();
        H2.execute(administrator, "CREATE USER clerk PASSWORD ''");
        H2.execute(administrator, "GRANT ALL ON SCHEMA public TO clerk");
        assertThatThrownBy(() -> JdbcStorage.builder(unpooled("", "clerk"))
                        .deadline(Patience.DEADLINE)
                        .existingTables()
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageStartingWith("H2's user needs the right ADMIN");
    }

    private static int delay(Connection connection) throws SQLException {
        return Sql.query(connection, DELAY, none -> {}, row -> row.getInt(1)).get(0);
    }

    /** Opens a connection for each call, so that the database is closed whenever no connection is open. */
    private DataSource unpooled(String settings, String user) {
        String url = "jdbc:h2:file:" + folder.resolve("db") + settings;
        return new LendingDataSource(() -> DriverManager.getConnection(url, user, ""));
    }
}
