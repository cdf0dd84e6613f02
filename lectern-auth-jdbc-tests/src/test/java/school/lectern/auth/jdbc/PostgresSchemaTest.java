package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.Test;

class PostgresSchemaTest extends SchemaContract {

    @Override
    HikariDataSource empty() throws SQLException {
        return Postgres.empty();
    }

    @Override
    String name() {
        return "postgresql";
    }

    @Override
    int rounds() {
        return 5;
    }

    @Override
    List<String> catalogs() {
        return List.of(
                "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, column_default, collation_name, is_identity, identity_generation FROM information_schema.columns WHERE table_schema = 'public'",
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
                "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace");
    }

    @Test
    void at_run_time_it_needs_no_right_to_make_or_alter_tables() throws Exception {
        create();
        H2.execute(source(), "CREATE ROLE clerk LOGIN");
        for (String grant : SchemaGuideTest.blocks("sql").get(0).strip().split(";")) {
            H2.execute(source(), grant.replace("application", "clerk"));
        }
        try (HikariDataSource asUser = Pools.of(source().getJdbcUrl(), "clerk")) {
            assertThatThrownBy(() -> H2.execute(asUser, "CREATE TABLE t (i INT)"))
                    .isInstanceOf(SQLException.class);
            works(asUser);
        }
    }

    @Override
    MigrateResult migrate(DataSource dataSource) {
        return SchemaExamples.migrate(dataSource);
    }
}
