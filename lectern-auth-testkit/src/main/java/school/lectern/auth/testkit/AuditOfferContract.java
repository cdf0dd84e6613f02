package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;

/** Tests of {@link AuditLogContract}: an offered event or a status becomes readable, or the event is counted as dropped. */
abstract class AuditOfferContract extends AuditLogFixture {

    @Test
    void offered_events_become_readable() {
        long dropped = log.dropped();
        AuditEvent event = event(0);
        log.offer(event);
        eventually("an offered event is readable", () -> all().equals(List.of(event)));
        assertEquals(dropped, log.dropped(), "a log with free space drops no event");
    }

    @Test
    void every_offered_event_is_readable_or_counted_as_dropped() throws InterruptedException {
        long dropped = log.dropped();
        try (Race race = new Race()) {
            Callable<Boolean> offerer = () -> {
                events(50).forEach(log::offer);
                return true;
            };
            race.run(Collections.nCopies(THREADS, offerer));
        }
        eventually(
                "every offered event is readable or counted as dropped",
                () -> all().size() + log.dropped() - dropped == THREADS * 50L);
    }

    @Test
    void complete_sets_the_status_and_nothing_else() {
        AuditEvent entry = event(0);
        AuditEvent other = event(1);
        log.append(entry);
        log.append(other);
        assertEquals(List.of(entry, other), all(), "a call has no status before it is completed");
        log.complete(entry.withStatus(204));
        eventually("a status is readable", () -> all().equals(List.of(entry.withStatus(204), other)));
    }

    @Test
    void complete_replaces_the_outcome_of_a_call_that_was_denied_after_all() {
        AuditEvent entry = event(0);
        log.append(entry);
        AuditEvent denied = entry.withStatus(403, "denied:FORBIDDEN");
        log.complete(denied);
        eventually("a denial is readable", () -> all().equals(List.of(denied)));
    }

    @Test
    void complete_reaches_an_event_that_was_only_offered() {
        AuditEvent entry = event(0);
        log.offer(entry);
        log.complete(entry.withStatus(500));
        eventually("a status is readable", () -> all().equals(List.of(entry.withStatus(500))));
    }

    @Test
    void a_status_survives_a_second_append_of_its_event() {
        AuditEvent entry = event(0);
        log.append(entry);
        log.complete(entry.withStatus(200));
        eventually("a status is readable", () -> all().equals(List.of(entry.withStatus(200))));
        log.append(entry);
        assertEquals(List.of(entry.withStatus(200)), all());
    }
}
