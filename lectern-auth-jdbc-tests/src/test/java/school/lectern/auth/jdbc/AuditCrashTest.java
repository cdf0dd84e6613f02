package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;

/** A process that is killed while it writes audit rows loses and duplicates none of the rows that it acknowledged. */
class AuditCrashTest {

    private static final int ROUNDS = Rounds.of(3, 20);

    /** The number of rows that are acknowledged before the process is killed. */
    private static final int UNDER_WAY = 20;

    private final Random random = new Random();

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void acknowledged_rows_survive_a_crash(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(lost(database, crash(database, AuditBurst.DURABLE))).isEmpty();
        }
    }

    /** The library cannot make a commit safer than H2 does: H2 2.5.252 loses rows that this version must preserve. */
    @Test
    void this_version_of_H2_recovers_its_commits() throws Exception {
        TestDatabase database = TestDatabase.of(Kind.H2, folder);
        for (int round = 0; round < Rounds.of(6, 20); round++) {
            assertThat(lost(database, crash(database, AuditBurst.BY_HAND))).isEmpty();
        }
    }

    /** Shows that the first test detects a loss. */
    @Test
    void a_log_that_acknowledges_buffered_rows_loses_rows() throws Exception {
        TestDatabase database = TestDatabase.of(Kind.H2, folder);
        assertThat(lost(database, crash(database, AuditBurst.EAGER))).isNotEmpty();
    }

    private List<String> crash(TestDatabase database, String mode) throws Exception {
        try (KillableProcess burst = KillableProcess.start(AuditBurst.class, database, mode)) {
            List<String> acknowledged = new ArrayList<>();
            while (acknowledged.size() < UNDER_WAY) {
                acknowledged.add(burst.hear());
            }
            acknowledged.addAll(burst.killAfter(random.nextInt(2_000)));
            return acknowledged;
        }
    }

    private static Set<String> lost(TestDatabase database, List<String> acknowledged) throws Exception {
        Set<String> lost = new HashSet<>(acknowledged);
        try (HikariDataSource pool = database.pool();
                Connection connection = pool.getConnection()) {
            List<String> rows =
                    Sql.query(connection, "SELECT event_id FROM lectern_audit", none -> {}, row -> row.getString(1));
            assertThat(rows).doesNotHaveDuplicates();
            rows.forEach(lost::remove);
        }
        return lost;
    }
}
