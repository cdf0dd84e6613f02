package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.StoredToken;

/** A process that is killed during a rotation has made the complete rotation or none of it. */
class RotationCrashTest {

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void only_a_rotation_that_was_committed_is_made_whatever_step_the_others_had_come_to(Kind kind) throws Exception {
        TreeMap<String, Integer> marks = afterCrash(TestDatabase.of(kind, folder), Rotations.WHOLE);
        assertThat(marks.remove("step " + Rotations.COMMITTED)).isEqualTo(3);
        assertThat(marks).containsKey("step " + Rotations.HOLDS_ALL);
        assertThat(marks.values()).hasSize(6).containsOnly(0);
    }

    /** Shows that the test above detects a partial rotation. */
    @ParameterizedTest
    @MethodSource("databases")
    void a_rotation_in_two_transactions_is_found_half_made(Kind kind) throws Exception {
        TreeMap<String, Integer> marks = afterCrash(TestDatabase.of(kind, folder), Rotations.IN_TWO);
        assertThat(marks).containsEntry("step 2", 1);
    }

    /**
     * Returns for each token, by name, how many of the three parts of its rotation are present: its mark, a successor, the
     * event.
     */
    private static TreeMap<String, Integer> afterCrash(TestDatabase database, String mode) throws Exception {
        try (KillableProcess rotations = KillableProcess.start(Rotations.class, database, mode)) {
            for (int rotating = 0; rotating < 7; rotating++) {
                rotations.hear();
            }
            rotations.killAfter(0);
        }
        try (HikariDataSource pool = database.pool();
                OpenStorage storage = JdbcStorage.builder(pool)
                        .deadline(Patience.DEADLINE)
                        .existingTables()
                        .build()
                        .open()) {
            List<StoredToken> tokens =
                    storage.tokens().list(TokenFilter.ofTenant("123").limit(100));
            Set<String> rotated = storage.audit().read("123", null, null, CursorPage.START, 100).items().stream()
                    .filter(event -> event.event().equals("token.rotated"))
                    .map(AuditEvent::tokenId)
                    .collect(Collectors.toSet());
            return tokens.stream()
                    .filter(token -> token.predecessorId() == null)
                    .collect(Collectors.toMap(
                            StoredToken::name, token -> parts(token, tokens, rotated), Integer::sum, TreeMap::new));
        }
    }

    private static int parts(StoredToken token, List<StoredToken> tokens, Set<String> rotated) {
        int marked = token.successorId() == null ? 0 : 1;
        int succeeded = tokens.stream().anyMatch(other -> token.id().equals(other.predecessorId())) ? 1 : 0;
        return marked + succeeded + (rotated.contains(token.id()) ? 1 : 0);
    }
}
