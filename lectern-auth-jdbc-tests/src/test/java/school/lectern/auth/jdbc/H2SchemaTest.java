package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;

class H2SchemaTest extends SchemaContract {

    @Override
    HikariDataSource empty() {
        return H2.inMemory();
    }

    @Override
    String name() {
        return "h2";
    }

    @Override
    int rounds() {
        return 10;
    }

    /** Starts with the lock between the nodes of one process. */
    @Override
    void start() {
        upgrade();
    }

    /** This test has no H2 node in another process, and a connection of this process must not be killed during a statement. */
    @Override
    boolean runUntilKilled() {
        return true;
    }

    @Override
    List<String> catalogs() {
        return List.of(
                "SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable, column_default, is_identity, identity_generation FROM information_schema.columns WHERE table_schema = 'PUBLIC'",
                "SELECT table_name, index_name, column_name, ordinal_position, is_unique FROM information_schema.index_columns WHERE table_schema = 'PUBLIC'",
                "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_schema = 'PUBLIC'");
    }
}
