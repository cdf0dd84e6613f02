package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditEvent.Aggregate;
import school.lectern.auth.spi.CursorPage;

/** Tests of {@link AuditLogContract}: an appended event is stored once, with every field as it was written. */
abstract class AuditAppendContract extends AuditLogFixture {

    @Test
    void appended_events_are_read() {
        AuditEvent event = event(0);
        log.append(event);
        assertEquals(List.of(event), all());
    }

    @Test
    void an_event_that_is_appended_twice_is_one_row() {
        AuditEvent event = event(0);
        AuditEvent other = event(1);
        log.append(event);
        log.append(other);
        log.append(event);
        assertEquals(List.of(event, other), all());
    }

    @Test
    void an_event_that_is_appended_concurrently_is_one_row() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 1; round <= 20; round++) {
                AuditEvent event = event(round);
                Callable<Boolean> append = () -> {
                    log.append(event);
                    return true;
                };
                race.run(Collections.nCopies(4, append));
                assertEquals(round, all().size());
            }
        }
    }

    @Test
    void an_event_that_is_offered_and_appended_is_one_row() {
        AuditEvent event = event(0);
        log.append(event);
        log.offer(event);
        AuditEvent last = event(1);
        log.offer(last);
        eventually("an offered event is readable", () -> all().contains(last));
        assertEquals(List.of(event, last), all());
    }

    @Test
    void absent_values_stay_absent() {
        AuditEvent event = AuditEvent.builder(newId(), START, AuditEvent.CALL, "allowed")
                .tenantId(tenant)
                .build();
        log.append(event);
        assertEquals(List.of(event), all());
    }

    @Test
    void an_event_without_a_tenant_is_stored_and_not_returned_to_any_tenant() {
        AuditEvent strangers = AuditEvent.builder(newId(), START, AuditEvent.CALL, "denied")
                .requestId("req_1")
                .method("GET")
                .endpoint("/x")
                .status(401)
                .build();
        log.append(strangers);
        log.offer(withId(strangers, newId()));
        AuditEvent ours = event(0);
        log.append(ours);
        assertEquals(List.of(ours), all());
        assertEquals(
                List.of(),
                log.read("", null, null, CursorPage.START, 10).items(),
                "the empty tenant is not the absent one");
        assertEquals(
                List.of(), log.read("null", null, null, CursorPage.START, 10).items());
    }

    @Test
    void keeps_texts_character_by_character() {
        String odd = "\uD83D\uDE00 \u5b66\u6821 \u0634 \u00e9 e\u0301 \"'\\ %_ =&; ";
        Map<String, String> details = new HashMap<>();
        details.put("a=b&c", "d=e&f%20+;,");
        details.put("two\nlines\r\n\t", "two\nlines\r\n\t");
        details.put(odd, odd);
        details.put("empty", "");
        details.put("case", "lower");
        details.put("Case", "upper");
        AuditEvent event = AuditEvent.builder(newId(), START, "token.updated", "denied:INSUFFICIENT_SCOPE")
                .requestId("req_" + "x".repeat(60))
                .tenantId(tenant)
                .tokenId("apitoken_" + newId())
                .method("PROPFIND")
                .endpoint("/" + odd)
                .status(503)
                .actor("user " + odd)
                .details(details)
                .build();
        log.append(event);
        assertEquals(List.of(event), all());
    }

    @Test
    void keeps_the_longest_endpoint() {
        AuditEvent chinese = withEndpoint(event(0), "/" + "\u5b66".repeat(1023));
        AuditEvent emoji = withEndpoint(event(1), "\uD83D\uDE00".repeat(512));
        AuditEvent cut = withEndpoint(event(2), "/a\r\nb" + "x".repeat(5000));
        log.append(chinese);
        log.append(emoji);
        log.append(cut);
        assertEquals(List.of(chinese, emoji, cut), all());
    }

    @Test
    void keeps_times_to_the_millisecond() {
        List<AuditEvent> events = new ArrayList<>();
        for (String at : List.of(
                "1970-01-01T00:00:00Z",
                "1970-01-01T00:00:01Z",
                "2026-03-29T02:30:00.999Z",
                "2026-10-25T00:30:00.001Z",
                "2026-10-25T01:30:00.010Z",
                "2038-01-19T03:14:08.100Z",
                "9999-12-31T23:59:59.999Z")) {
            AuditEvent event = at(event(0), Instant.parse(at));
            events.add(event);
            log.append(event);
        }
        assertEquals(events, all());
    }

    @Test
    void the_number_of_calls_of_an_event_is_stored() {
        AuditEvent one = aggregate(event(0), 1);
        AuditEvent many = aggregate(event(1), 5_000_000_000L);
        AuditEvent single = event(2);
        log.append(one);
        log.append(many);
        log.append(single);
        assertEquals(List.of(one, many, single), all());
    }

    @Test
    void concurrently_appended_events_are_stored_once() throws InterruptedException {
        Set<AuditEvent> appended = new HashSet<>();
        try (Race race = new Race()) {
            Callable<List<AuditEvent>> appender = () -> {
                List<AuditEvent> events = events(appendsPerThread());
                events.forEach(log::append);
                return events;
            };
            race.run(Collections.nCopies(THREADS, appender)).forEach(appended::addAll);
        }
        List<AuditEvent> read = all();
        assertEquals(THREADS * appendsPerThread(), read.size());
        assertEquals(appended, new HashSet<>(read));
    }

    private static AuditEvent aggregate(AuditEvent event, long count) {
        return AuditEvent.builder(event.id(), event.at(), event.event(), "denied:RATE_LIMITED")
                .tenantId(event.tenantId())
                .tokenId(event.tokenId())
                .status(429)
                .aggregate(new Aggregate(count, event.at().plusMillis(59_999)))
                .build();
    }

    private static AuditEvent withId(AuditEvent event, String id) {
        return copy(event, id, event.at(), event.tenantId(), event.endpoint());
    }

    private static AuditEvent withEndpoint(AuditEvent event, String endpoint) {
        return copy(event, event.id(), event.at(), event.tenantId(), endpoint);
    }
}
