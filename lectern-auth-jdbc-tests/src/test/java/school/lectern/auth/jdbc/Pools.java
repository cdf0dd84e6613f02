package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.Set;
import org.h2.api.ErrorCode;

/** Pools with the settings of typical applications. */
final class Pools {

    private Pools() {}

    static HikariDataSource of(String url, String user) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword("");
        config.setMaximumPoolSize(20);
        config.setMinimumIdle(0);
        config.setExceptionOverride(new BrokenByH2());
        return new HikariDataSource(config);
    }

    /**
     * H2 reports a broken connection by SQL states of its own, which the pool does not know. The pool would return such a
     * connection again and again, because it does not check a connection that was used in the last half second.
     */
    private static final class BrokenByH2 implements SQLExceptionOverride {
        private static final Set<Integer> BROKEN = Set.of(
                ErrorCode.CONNECTION_BROKEN_1, ErrorCode.DATABASE_CALLED_AT_SHUTDOWN, ErrorCode.DATABASE_IS_CLOSED);

        @java.lang.Override
        public Override adjudicate(SQLException failed) {
            return BROKEN.contains(failed.getErrorCode()) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
        }
    }
}
