package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;

/** What a reader that resumes at its last position receives while rows are committed late. */
class AuditFollowerTest {

    /** Inserts a row without a write time, which the database sets. */
    private static final String INSERT = "INSERT INTO lectern_audit (event_id, event_time, tenant_id, event, outcome)"
            + " VALUES ('%s', 0, '123', 'call', 'allowed')";

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    private static JdbcStorage.Builder storage(HikariDataSource pool) {
        // The test checks the order of commits. Their duration depends on the machine.
        return JdbcStorage.builder(pool).deadline(Duration.ofSeconds(30));
    }

    /**
     * The test does not wait: one storage has the settling time of the product, and the other, which reads the remaining rows,
     * has none.
     */
    @ParameterizedTest
    @MethodSource("databases")
    void a_row_that_is_committed_after_later_ones_were_read_is_not_missed(Kind kind) throws Exception {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool();
                OpenStorage storage = storage(pool).build().open();
                OpenStorage unsettled =
                        storage(pool).settleIn(Duration.ZERO).build().open();
                Connection late = pool.getConnection()) {
            late.setAutoCommit(false);
            try (Statement statement = late.createStatement()) {
                statement.execute(INSERT.formatted("late"));
            }
            AuditEvent committed = AuditBurst.event();
            storage.audit().append(committed);
            // As soon as a reader without a settling time is past the committed row, the other reader must still be
            // before both.
            follow(unsettled.audit(), CursorPage.START, 1);
            List<AuditEvent> read = new ArrayList<>();
            String position = next(storage.audit(), CursorPage.START, read);
            late.commit();

            assertThat(read).isEmpty();
            assertThat(follow(unsettled.audit(), position, 2))
                    .extracting(AuditEvent::id)
                    .containsExactly("late", committed.id());
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void rows_of_nodes_whose_clocks_are_apart_are_in_the_order_of_writing(Kind kind) throws Exception {
        Instant noon = Instant.parse("2026-05-07T12:00:00Z");
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool();
                OpenStorage fast = storage(pool).settleIn(Duration.ZERO).build().open();
                OpenStorage slow = storage(pool).settleIn(Duration.ZERO).build().open()) {
            AuditEvent ahead = AuditBurst.event(noon.plus(Duration.ofHours(1)));
            AuditEvent behind = AuditBurst.event(noon.minus(Duration.ofHours(1)));
            fast.audit().append(ahead);
            List<AuditEvent> read = new ArrayList<>(follow(slow.audit(), CursorPage.START, 1));
            String position = next(slow.audit(), CursorPage.START, new ArrayList<>());
            slow.audit().append(behind);
            read.addAll(follow(fast.audit(), position, 1));

            assertThat(read).containsExactly(ahead, behind);
        }
    }

    /** Nodes of an older version do not write the new column. */
    @ParameterizedTest
    @MethodSource("databases")
    void a_row_of_a_program_that_does_not_write_the_time_of_writing_has_it_all_the_same(Kind kind) throws Exception {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool();
                OpenStorage storage =
                        storage(pool).settleIn(Duration.ZERO).build().open()) {
            String position = storage.audit().settled();
            H2.execute(pool, INSERT.formatted("old"));

            assertThat(follow(storage.audit(), position, 1))
                    .extracting(AuditEvent::id)
                    .containsExactly("old");
        }
    }

    @Test
    void a_settling_time_is_longer_than_the_storage_takes_to_write() {
        JdbcStorage.Builder builder = JdbcStorage.builder(H2.inMemory()).deadline(Patience.DEADLINE);
        for (Duration time : List.of(Duration.ofSeconds(14), Duration.ZERO, Duration.ofDays(2))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.auditSettling(time))
                    .withMessage("auditSettling must be between 15 seconds and 1 day, was " + time);
        }
        builder.auditSettling(Duration.ofMinutes(1));
    }

    /** Adds the rows that were written since the position, and returns the position to continue from. */
    private static String next(AuditLog log, String position, List<AuditEvent> read) {
        String end = log.settled();
        for (CursorPage<AuditEvent> page = log.readWritten("123", position, end, 100);
                !page.items().isEmpty();
                page = log.readWritten("123", page.next(), end, 100)) {
            read.addAll(page.items());
        }
        return end;
    }

    private static List<AuditEvent> follow(AuditLog log, String start, int count) {
        List<AuditEvent> read = new ArrayList<>();
        AtomicReference<String> position = new AtomicReference<>(start);
        Patience.await().until(() -> {
            position.set(next(log, position.get(), read));
            return read.size() >= count;
        });
        return read;
    }
}
