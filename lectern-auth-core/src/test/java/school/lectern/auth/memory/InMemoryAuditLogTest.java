package school.lectern.auth.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.CursorPage;

class InMemoryAuditLogTest {

    private static final Instant NOON = Instant.parse("2026-05-07T12:00:00Z");

    private final InMemoryAuditLog log = new InMemoryAuditLog(3);

    private static AuditEvent event(String id) {
        return event(id, "t", NOON);
    }

    private static AuditEvent event(String id, @Nullable String tenant, Instant at) {
        return AuditEvent.builder(id, at, AuditEvent.CALL, "allowed")
                .requestId("req")
                .tenantId(tenant)
                .tokenId("token")
                .method("GET")
                .endpoint("/")
                .build();
    }

    private List<String> ids(Instant from, Instant to) {
        return log.read("t", from, to, CursorPage.START, 10).items().stream()
                .map(AuditEvent::id)
                .toList();
    }

    private List<String> ids(@Nullable String tenant) {
        return log.readWritten(tenant, CursorPage.START, log.settled(), 100).items().stream()
                .map(AuditEvent::id)
                .toList();
    }

    private static AuditEvent change(String id, String tenant) {
        return AuditEvent.builder(id, NOON, "token.revoked", "done")
                .tenantId(tenant)
                .tokenId("token")
                .build();
    }

    @Test
    void in_a_full_log_the_oldest_call_gives_way_and_is_counted() {
        log.append(event("1"));
        log.offer(event("2"));
        log.append(event("3"));
        assertThat(log.dropped()).isZero();
        log.append(event("4"));
        log.offer(event("5"));

        assertThat(log.dropped()).isEqualTo(2);
        assertThat(ids(null, null)).containsExactly("3", "4", "5");
    }

    @Test
    void calls_of_one_tenant_take_no_room_of_others() {
        log.append(event("theirs", "another", NOON));
        log.append(event("nobodys", null, NOON));
        for (int i = 0; i < 1_000; i++) {
            log.append(event("mine" + i));
        }

        assertThat(ids("another")).containsExactly("theirs");
        assertThat(ids((String) null)).containsExactly("nobodys");
        assertThat(ids("t")).containsExactly("mine999");
        assertThat(log.dropped()).isEqualTo(999);
    }

    @Test
    void calls_take_no_room_of_changes_nor_changes_of_calls() {
        log.append(change("c1", "t"));
        log.append(event("1"));
        for (int i = 0; i < 100; i++) {
            log.append(event("call" + i, "another", NOON));
        }
        log.append(change("c2", "t"));
        log.append(change("c3", "t"));
        assertThat(ids("t")).containsExactly("c1", "1", "c2", "c3");
        log.append(change("c4", "t"));
        assertThat(ids("t")).containsExactly("1", "c2", "c3", "c4");
    }

    @Test
    void an_aggregate_that_gives_way_counts_as_all_its_calls() {
        AuditEvent one = event("1");
        log.append(AuditEvent.builder("many", NOON, AuditEvent.CALL, "denied:REVOKED")
                .tenantId("t")
                .tokenId("token")
                .status(401)
                .aggregate(new AuditEvent.Aggregate(70, NOON))
                .build());
        log.append(one);
        log.append(event("2"));
        log.append(event("3"));
        assertThat(log.dropped()).isEqualTo(70);
    }

    @Test
    void purged_events_free_their_space() {
        log.append(event("old", "t", NOON.minusMillis(1)));
        log.append(event("1"));
        log.append(event("2"));
        assertThat(log.purge("t", NOON, 10)).isEqualTo(1);
        log.append(event("3"));
        assertThat(log.dropped()).isZero();
        log.append(event("4"));
        assertThat(ids(null, null)).containsExactly("2", "3", "4");
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
        log.complete(event("1").withStatus(204));
        log.complete(event("unknown").withStatus(500));

        assertThat(log.read("t", null, null, CursorPage.START, 10).items())
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
        CursorPage<AuditEvent> page = log.read("t", null, null, CursorPage.START, 1);
        while (!page.items().isEmpty()) {
            page.items().forEach(event -> read.add(event.id()));
            page = log.read("t", null, null, page.next(), 1);
        }
        assertThat(read).containsExactly("1", "2");
    }

    @Test
    void a_log_for_less_than_one_event_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryAuditLog(0))
                .withMessageStartingWith("capacity must ");
    }

    @Test
    void an_endpoint_breaks_no_line_and_no_bound() {
        AuditEvent hostile = AuditEvent.builder("1", NOON, AuditEvent.CALL, "denied")
                .requestId("req")
                .method("GE\rT")
                .endpoint("/a\r\nb\u2028c\ud800d\u007f" + "x".repeat(5_000))
                .status(401)
                .build();

        assertThat(hostile.method()).isPrintable().doesNotContain("\r");
        assertThat(hostile.endpoint())
                .hasSizeLessThanOrEqualTo(1024)
                .matches("[\\x20-\\x7e]*")
                .startsWith("/a\\u000d\\u000ab\\u2028c\\ud800d\\u007fx");
    }

    @Test
    void a_long_endpoint_is_cut_at_its_end() {
        String path = "/" + "a".repeat(1020);
        AuditEvent cut = AuditEvent.builder("1", NOON, AuditEvent.CALL, "denied")
                .method("GET")
                .endpoint(path + "\nbbb")
                .status(401)
                .build();

        assertThat(cut.endpoint()).isEqualTo(path);
    }
}
