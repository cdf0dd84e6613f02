package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.quickstart.AuditExamples.Siem;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;

/** The guide's Java code compiles, its commands work as printed, and both have the effects that the guide describes. */
class AuditGuideTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Guide GUIDE = Guide.of("docs/audit.md");
    private static final Pattern CALL = Pattern.compile("^GET (/\\S+)$", Pattern.MULTILINE);
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>; rel=\"next\"");

    /** More than the settling time of the rows, plus a margin for a busy machine. */
    @TempDir
    Path folder;

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), AuditExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(2);
        assertThat(Guide.source(AuditExamples.class))
                .contains("JdbcStorage.builder(dataSource).auditSettling(Duration.ofMinutes(1))");
        assertThat(GUIDE.text()).contains("`JdbcStorage.builder(dataSource).auditSettling(Duration.ofMinutes(1))`");
        GUIDE.isReadable();
    }

    @Test
    void the_budget_of_the_guide_bounds_the_rows_and_counts_the_rest() {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl("jdbc:h2:mem:auditguide;DB_CLOSE_DELAY=-1");
            pool.setUsername("sa");
            try (OpenStorage storage = JdbcStorage.builder(pool).build().open()) {
                LecternAuth auth = AuditExamples.budgeted(storage);
                for (int i = 0; i < 100; i++) {
                    auth.authenticate(
                            new AuthRequest("r" + i, "GET", "/", null, name -> List.of()), Requirement.anyToken());
                }
                auth.close();
                Siem siem = new Siem(new ArrayList<>());
                AtomicReference<String> position = new AtomicReference<>(CursorPage.START);
                Patience.await().until(() -> {
                    position.set(AuditExamples.follow(storage.audit(), position.get(), siem));
                    return siem.received().stream().mapToLong(AuditEvent::count).sum() >= 100;
                });
                assertThat(siem.received()).hasSize(21);
            }
        }
    }

    @Test
    void a_follower_gets_each_row_once() {
        AuditLog log = new InMemoryAuditLog();
        Siem siem = new Siem(new ArrayList<>());
        List<AuditEvent> written = new ArrayList<>();
        String position = CursorPage.START;
        for (int round = 0; round < 3; round++) {
            AuditEvent event = AuditEvent.builder(
                            "id" + round,
                            Instant.EPOCH.minusSeconds(round),
                            AuditEvent.CALL,
                            "denied:MISSING_CREDENTIAL")
                    .method("GET")
                    .endpoint("/")
                    .status(401)
                    .build();
            log.append(event);
            written.add(event);
            position = AuditExamples.follow(log, position, siem);
        }
        assertThat(siem.received()).isEqualTo(written);
    }

    /** Runs the guide's commands from the start until the row of a token that was issued in between. */
    @Test
    void the_log_is_followed_over_http_by_the_calls_of_the_guide() throws Exception {
        try (RunningQuickstart server = RunningQuickstart.start(folder, Map.of())) {
            AtomicReference<String> path = new AtomicReference<>(CALL.matcher(GUIDE.text())
                    .results()
                    .findFirst()
                    .orElseThrow()
                    .group(1));
            List<String> issued = new ArrayList<>();
            List<String> followed = new ArrayList<>();
            Patience.await().until(() -> {
                if (issued.size() < 2) {
                    issued.add(
                            server.issue("\"read:learners\"").get("token_uuid").asText());
                }
                Answer answer = server.get(path.get(), RunningQuickstart.ADMIN);
                assertThat(answer.status()).isEqualTo(200);
                for (String line : answer.response().body().lines().toList()) {
                    followed.add(JSON.readTree(line).get("token_id").asText());
                }
                path.set(next(answer));
                return issued.size() == 2 && followed.containsAll(issued);
            });
            assertThat(followed).containsExactlyElementsOf(issued);
        }
    }

    private static String next(Answer answer) {
        String link = answer.response().headers().firstValue("Link").orElseThrow();
        return NEXT.matcher(link).results().findFirst().orElseThrow().group(1);
    }
}
