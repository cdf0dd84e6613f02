package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.CursorPage;

/** Tests of {@link AuditLogContract}: the events of a tenant are read in pages by their time, each event once. */
abstract class AuditReadContract extends AuditLogFixture {

    @Test
    void reads_oldest_first() {
        List<AuditEvent> events = append(10);
        assertEquals(events, all());
        assertEquals(events, read(null, null, 100));
    }

    @Test
    void reads_from_a_time_on_and_up_to_but_not_at_another() {
        List<AuditEvent> events = append(5);
        Instant second = events.get(1).at();
        Instant fourth = events.get(3).at();
        assertEquals(events.subList(1, 5), read(second, null, 2), "from a time on");
        assertEquals(events.subList(0, 3), read(null, fourth, 2), "up to a time");
        assertEquals(events.subList(1, 3), read(second, fourth, 2), "between two times");
        assertEquals(events.subList(2, 5), read(second.plusMillis(1), null, 2), "from a millisecond later on");
        assertEquals(events.subList(0, 4), read(null, fourth.plusMillis(1), 2), "up to a millisecond later");
        assertEquals(List.of(), read(second, second, 2), "an empty interval");
    }

    @Test
    void pages_contain_each_row_once_and_respect_the_limit() {
        List<AuditEvent> events = append(10);
        for (int limit : new int[] {1, 3, 5, 10, 11}) {
            assertEquals(events, read(null, null, limit), "in pages of " + limit);
        }
    }

    /** A store that continues a page by the time alone skips or repeats events of the same time. */
    @Test
    void pages_contain_each_row_once_if_all_have_the_same_time() {
        List<AuditEvent> events =
                IntStream.range(0, 10).mapToObj(i -> at(event(i), START)).toList();
        events.forEach(log::append);
        List<AuditEvent> read = read(null, null, 3);
        assertEquals(10, read.size());
        assertEquals(new HashSet<>(events), new HashSet<>(read));
    }

    @Test
    void a_reader_continues_where_it_stopped() {
        List<AuditEvent> events = append(3);
        CursorPage<AuditEvent> page = log.read(tenant, null, null, CursorPage.START, 10);
        assertEquals(events, page.items());
        CursorPage<AuditEvent> end = log.read(tenant, null, null, page.next(), 10);
        assertEquals(List.of(), end.items());
        AuditEvent late = event(3);
        log.append(late);
        assertEquals(
                List.of(late), log.read(tenant, null, null, page.next(), 10).items());
        assertEquals(List.of(late), log.read(tenant, null, null, end.next(), 10).items());
    }

    @Test
    void the_page_of_a_tenant_without_events_is_empty_and_can_be_continued() {
        CursorPage<AuditEvent> empty = log.read(tenant, null, null, CursorPage.START, 10);
        assertEquals(List.of(), empty.items());
        AuditEvent first = event(0);
        log.append(first);
        assertEquals(
                List.of(first), log.read(tenant, null, null, empty.next(), 10).items());
    }

    @Test
    void a_reader_sees_each_row_once_while_another_appends() throws InterruptedException {
        List<AuditEvent> events = events(200);
        AtomicBoolean over = new AtomicBoolean();
        try (Race race = new Race()) {
            List<List<AuditEvent>> results = race.run(List.of(
                    () -> {
                        try {
                            events.forEach(log::append);
                            return events;
                        } finally {
                            over.set(true);
                        }
                    },
                    () -> {
                        List<AuditEvent> read = new ArrayList<>();
                        String next = CursorPage.START;
                        boolean last;
                        do {
                            last = over.get();
                            CursorPage<AuditEvent> page = page(null, null, next, 7);
                            read.addAll(page.items());
                            next = page.next();
                            last &= page.items().isEmpty();
                        } while (!last && read.size() <= events.size());
                        return read;
                    }));
            assertEquals(events, results.get(1));
        }
    }

    @Test
    void existing_events_are_read_once_during_concurrent_appends() throws InterruptedException {
        List<AuditEvent> before = append(50);
        AtomicInteger appending = new AtomicInteger(4);
        Callable<Boolean> appender = () -> {
            try {
                IntStream.range(0, appendsPerThread()).forEach(n -> log.append(event(1000 + n)));
                return true;
            } finally {
                appending.decrementAndGet();
            }
        };
        Callable<Boolean> reader = () -> {
            boolean last;
            do {
                last = appending.get() == 0;
                List<AuditEvent> read = read(null, null, 7);
                assertEquals(read.size(), new HashSet<>(read).size(), "no row is read twice");
                assertEquals(before, read.stream().filter(before::contains).toList());
            } while (!last);
            return true;
        };
        try (Race race = new Race()) {
            race.run(List.of(reader, appender, appender, appender, appender));
        }
    }

    @Test
    void read_hides_other_tenants() {
        AuditEvent ours = event(0);
        log.append(ours);
        String other = newTenant();
        AuditEvent theirs = of(event(1), other);
        log.append(theirs);
        assertEquals(List.of(ours), all());
        assertEquals(
                List.of(theirs),
                log.read(other, null, null, CursorPage.START, 10).items());
        for (String lookAlike : List.of(
                tenant.toUpperCase(Locale.ROOT),
                tenant.replaceFirst("e", "\u00e9"),
                tenant + " ",
                tenant.substring(0, tenant.length() - 1) + "_",
                "%")) {
            assertEquals(
                    List.of(),
                    log.read(lookAlike, null, null, CursorPage.START, 10).items(),
                    "read by " + lookAlike);
        }
    }
}
