package school.lectern.auth.spring.boot;

import javax.sql.DataSource;
import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;

/** Recognizes databases in memory. A class of its own, since Spring Boot's recognition is in an optional module. */
final class EmbeddedDatabases {

    private EmbeddedDatabases() {}

    static boolean contain(DataSource dataSource) {
        return EmbeddedDatabaseConnection.isEmbedded(dataSource);
    }
}
