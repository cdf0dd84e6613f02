package school.lectern.auth.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog.Page;
import school.lectern.auth.spi.StorageException;

class InMemoryAuditLogTest {

    private static final Instant NOON = Instant.parse("2026-05-07T12:00:00Z");

    private final InMemoryAuditLog log = new InMemoryAuditLog(3);

    private static AuditEvent event(String id) {
        return event(id, "t", NOON);
    }

    private static AuditEvent event(String id, String tenant, Instant at) {
        return new AuditEvent(
                id, at, "req", tenant, "token", "GET", "/", null, AuditEvent.CALL, "allowed", null, Map.of());
    }

    private List<String> ids(Instant from, Instant to) {
        return log.read("t", from, to, Page.START, 10).events().stream()
                .map(AuditEvent::id)
                .toList();
    }

    @Test
    void a_full_log_refuses_what_is_appended_and_counts_what_is_offered() {
        log.append(event("1"));
        log.offer(event("2"));
        log.append(event("3"));

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> log.append(event("4")));
        log.offer(event("5"));
        log.offer(event("6"));

        assertThat(log.dropped()).isEqualTo(2);
        assertThat(ids(null, null)).containsExactly("1", "2", "3");
    }

    @Test
    void an_event_that_is_written_twice_is_one_row() {
        log.append(event("1"));
        log.append(event("1"));
        log.offer(event("1"));

        assertThat(ids(null, null)).containsExactly("1");
        assertThat(log.dropped()).isZero();
    }

    @Test
    void completion_adds_the_status_and_nothing_else() {
        log.append(event("1"));
        log.complete(event("1"), 204);
        log.complete(event("unknown"), 500);

        assertThat(log.read("t", null, null, Page.START, 10).events())
                .containsExactly(event("1").withStatus(204));
    }

    @Test
    void the_period_includes_its_start_and_not_its_end() {
        log.append(event("before", "t", NOON.minusMillis(1)));
        log.append(event("start", "t", NOON));
        log.append(event("end", "t", NOON.plusMillis(1)));

        assertThat(ids(NOON, NOON.plusMillis(1))).containsExactly("start");
        assertThat(ids(NOON, null)).containsExactly("start", "end");
        assertThat(ids(null, NOON)).containsExactly("before");
    }

    @Test
    void pages_go_on_where_the_last_one_ended_and_show_one_tenant_only() {
        log.append(event("1"));
        log.append(event("theirs", "another", NOON));
        log.append(event("2"));

        List<String> read = new ArrayList<>();
        Page page = log.read("t", null, null, Page.START, 1);
        while (!page.events().isEmpty()) {
            page.events().forEach(event -> read.add(event.id()));
            page = log.read("t", null, null, page.next(), 1);
        }
        assertThat(read).containsExactly("1", "2");
    }

    @Test
    void a_log_for_less_than_one_event_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryAuditLog(0))
                .withMessageStartingWith("capacity:");
    }

    @Test
    void an_endpoint_breaks_no_line_and_no_bound() {
        AuditEvent hostile = new AuditEvent(
                "1",
                NOON,
                "req",
                null,
                null,
                "GE\rT",
                "/a\r\nb\u2028c\ud800d\u007f" + "x".repeat(5_000),
                401,
                AuditEvent.CALL,
                "denied",
                null,
                Map.of());

        assertThat(hostile.method()).isPrintable().doesNotContain("\r");
        assertThat(hostile.endpoint())
                .hasSizeLessThanOrEqualTo(1024)
                .matches("[\\x20-\\x7e]*")
                .startsWith("/a\\u000d\\u000ab\\u2028c\\ud800d\\u007fx");
    }

    @Test
    void a_long_endpoint_is_cut_at_its_end() {
        String path = "/" + "a".repeat(1020);
        AuditEvent cut = new AuditEvent(
                "1", NOON, null, null, null, "GET", path + "\nbbb", 401, AuditEvent.CALL, "denied", null, Map.of());

        assertThat(cut.endpoint()).isEqualTo(path);
    }
}
