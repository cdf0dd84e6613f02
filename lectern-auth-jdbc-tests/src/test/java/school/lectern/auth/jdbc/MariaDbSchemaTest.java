package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.List;

class MariaDbSchemaTest extends SchemaContract {

    @Override
    HikariDataSource empty() throws SQLException {
        return MariaDb.empty();
    }

    @Override
    String name() {
        return "mariadb";
    }

    @Override
    int rounds() {
        return 1;
    }

    @Override
    List<String> catalogs() {
        return List.of(
                "SELECT table_name, column_name, ordinal_position, column_type, is_nullable, column_default, collation_name, column_key, extra FROM information_schema.columns WHERE table_schema = DATABASE()",
                "SELECT table_name, index_name, seq_in_index, column_name, non_unique FROM information_schema.statistics WHERE table_schema = DATABASE()",
                "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_schema = DATABASE()");
    }
}
