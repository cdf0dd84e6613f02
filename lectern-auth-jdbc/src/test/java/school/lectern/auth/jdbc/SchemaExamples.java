package school.lectern.auth.jdbc;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;
import school.lectern.auth.spi.OpenStorage;

/** The lines of Java of docs/schema.md. {@link SchemaGuideTest} holds the two together. */
final class SchemaExamples {

    private SchemaExamples() {}

    static OpenStorage create(DataSource dataSource) {
        OpenStorage storage = JdbcStorage.builder(dataSource).build().open();
        return storage;
    }

    static MigrateResult migrate(DataSource dataSource) {
        return Flyway.configure()
                .dataSource(dataSource)
                .locations("classpath:school/lectern/auth/jdbc/ddl/postgresql")
                .table("lectern_history")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }

    static OpenStorage storage(DataSource dataSource, MigrateResult lecternTables) {
        return JdbcStorage.builder(dataSource).existingTables().build().open();
    }
}
