package school.lectern.auth.quickstart;

import static school.lectern.auth.quickstart.FirstApi.run;

import com.zaxxer.hikari.HikariDataSource;
import javax.sql.DataSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;

/** The lines of Java of docs/getting-started.md that are not in {@link FirstApi}. {@link StartGuideTest} compares the two. */
final class StartExamples {

    private StartExamples() {}

    static HikariDataSource pool() {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:h2:./learners;DB_CLOSE_ON_EXIT=FALSE");
        pool.setUsername("sa");
        return pool;
    }

    static LecternAuth open(DataSource pool) {
        return LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.of(pool))
                .open();
    }

    public static void main(String[] arguments) throws Exception {
        try (HikariDataSource pool = pool();
                LecternAuth auth = open(pool)) {
            run(auth);
        }
    }
}
