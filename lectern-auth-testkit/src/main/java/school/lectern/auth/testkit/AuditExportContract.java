package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.CursorPage;

/**
 * Tests of {@link AuditLogContract}: an export reads the settled events in the order of writing, and continues from the
 * position where it stopped.
 */
abstract class AuditExportContract extends AuditLogFixture {

    @Test
    void follows_the_order_of_writing_whatever_the_times_of_events() {
        List<AuditEvent> events = new ArrayList<>(events(5));
        Collections.reverse(events);
        events.forEach(log::append);
        assertEquals(events, follow(new Follower(tenant, 2), 5));
    }

    @Test
    void a_follower_continues_where_it_stopped() {
        Follower follower = new Follower(tenant, 2);
        List<AuditEvent> events = append(3);
        assertEquals(events, follow(follower, 3));
        AuditEvent earlier = at(event(0), START.minusSeconds(3600));
        log.append(earlier);
        assertEquals(List.of(earlier), follow(follower, 1), "an event with an earlier time that is written later");
        AuditEvent last = event(7);
        log.append(last);
        assertEquals(List.of(last), follow(follower, 1));
    }

    @Test
    void a_follower_gets_each_event_once_while_many_append() throws InterruptedException {
        Follower follower = new Follower(tenant, 7);
        AtomicInteger appending = new AtomicInteger(4);
        Set<AuditEvent> appended = new HashSet<>();
        Callable<List<AuditEvent>> appender = () -> {
            try {
                List<AuditEvent> events = events(appendsPerThread());
                events.forEach(log::append);
                return events;
            } finally {
                appending.decrementAndGet();
            }
        };
        Callable<List<AuditEvent>> reader = () -> {
            List<AuditEvent> read = new ArrayList<>();
            while (appending.get() > 0) {
                read.addAll(follower.next());
            }
            return read;
        };
        List<AuditEvent> read = new ArrayList<>();
        try (Race race = new Race()) {
            List<List<AuditEvent>> results = race.run(List.of(reader, appender, appender, appender, appender));
            read.addAll(results.get(0));
            results.subList(1, 5).forEach(appended::addAll);
        }
        read.addAll(follow(follower, appended.size() - read.size()));
        assertEquals(appended.size(), read.size(), "each event once");
        assertEquals(appended, new HashSet<>(read));
    }

    @Test
    void an_export_reads_one_tenant_or_the_events_without_a_tenant() {
        Follower ofNone = new Follower(null, 100);
        AuditEvent strangers = of(event(0), null);
        log.append(of(event(1), newTenant()));
        log.append(strangers);
        AuditEvent ours = event(2);
        log.append(ours);
        assertEquals(List.of(ours), follow(new Follower(tenant, 1), 1));
        eventually(
                "an event of no tenant is settled",
                settling(),
                () -> ofNone.next().contains(strangers));
    }

    @Test
    void a_completed_event_keeps_its_position() {
        AuditEvent entry = event(0);
        AuditEvent other = event(1);
        log.append(entry);
        log.append(other);
        log.complete(entry.withStatus(204));
        AuditEvent completed = entry.withStatus(204);
        eventually("a status is readable", () -> all().contains(completed));
        assertEquals(List.of(completed, other), follow(new Follower(tenant, 10), 2));
    }

    @Test
    void a_page_in_the_order_of_writing_ends_at_its_end_position() {
        List<AuditEvent> events = append(3);
        follow(new Follower(tenant, 10), 3);
        String end = log.settled();
        CursorPage<AuditEvent> first = log.readWritten(tenant, CursorPage.START, end, 1);
        assertEquals(events.subList(0, 1), first.items());
        assertEquals(
                List.of(),
                log.readWritten(tenant, CursorPage.START, CursorPage.START, 10).items());
        assertEquals(
                events.subList(0, 1),
                log.readWritten(tenant, CursorPage.START, first.next(), 10).items());
        assertEquals(
                events.subList(1, 3),
                log.readWritten(tenant, first.next(), end, 10).items());
        assertEquals(List.of(), log.readWritten(tenant, end, end, 10).items());
    }

    @Test
    void an_invalid_position_is_refused() {
        String end = log.settled();
        for (String position : List.of("x", "2026-05-07", "1.x", "99999999999999999999")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> log.readWritten(tenant, position, end, 10),
                    "after " + position);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> log.readWritten(tenant, CursorPage.START, position, 10),
                    "up to " + position);
        }
    }

    /** Reads the events that were written since its last read, as an export does that continues where the last export ended. */
    private final class Follower {
        private final @Nullable String whose;
        private final int limit;
        private String position = CursorPage.START;

        Follower(@Nullable String whose, int limit) {
            this.whose = whose;
            this.limit = limit;
        }

        List<AuditEvent> next() {
            String end = log.settled();
            List<AuditEvent> read = new ArrayList<>();
            for (CursorPage<AuditEvent> page = log.readWritten(whose, position, end, limit);
                    !page.items().isEmpty();
                    page = log.readWritten(whose, page.next(), end, limit)) {
                assertTrue(page.items().size() <= limit, "a page holds no more than asked for");
                read.addAll(page.items());
            }
            position = end;
            return read;
        }
    }

    /** Returns the events that the follower reads until it has {@code count} of them, and those in the same read. */
    private List<AuditEvent> follow(Follower follower, int count) {
        List<AuditEvent> read = new ArrayList<>();
        eventually(count + " events are settled", settling(), () -> {
            read.addAll(follower.next());
            return read.size() >= count;
        });
        return read;
    }
}
