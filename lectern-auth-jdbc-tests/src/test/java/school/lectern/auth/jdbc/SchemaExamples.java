package school.lectern.auth.jdbc;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;

/** The Java code of docs/schema.md. {@link SchemaGuideTest} compares the two. */
final class SchemaExamples {

    private SchemaExamples() {}

    static JdbcStorage create(DataSource dataSource) {
        JdbcStorage storage = JdbcStorage.of(dataSource);
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
}
