package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.CursorPage;

/** Tests of {@link AuditLogContract}: old events are deleted in portions, the oldest first, one tenant after another. */
abstract class AuditPurgeContract extends AuditLogFixture {

    @Test
    void old_events_are_deleted_in_portions_oldest_first() {
        List<AuditEvent> events = append(10);
        AuditEvent others = of(event(0), newTenant());
        log.append(others);
        Instant before = events.get(7).at();
        assertEquals(3, log.purge(tenant, before, 3));
        assertEquals(events.subList(3, 10), all());
        assertEquals(3, log.purge(tenant, before, 3));
        assertEquals(1, log.purge(tenant, before, 3), "the last of the old events");
        assertEquals(0, log.purge(tenant, before, 3));
        assertEquals(events.subList(7, 10), all(), "an event at the bound is not before it");
        String other = others.tenantId();
        assertEquals(
                List.of(others),
                log.read(other == null ? "" : other, null, null, CursorPage.START, 10)
                        .items());
    }

    @Test
    void events_of_no_tenant_are_deleted_by_themselves() {
        AuditEvent event = event(0);
        AuditEvent strangers = of(at(event(1), Instant.EPOCH), null);
        log.append(event);
        log.append(strangers);
        assertEquals(1, log.purge(null, Instant.EPOCH.plusMillis(1), 100));
        assertEquals(0, log.purge(null, Instant.EPOCH.plusMillis(1), 100));
        assertEquals(List.of(event), all());
    }

    @Test
    void an_event_that_was_deleted_can_be_completed_without_harm() {
        AuditEvent event = event(0);
        log.append(event);
        assertEquals(1, log.purge(tenant, event.at().plusMillis(1), 10));
        log.complete(event.withStatus(200));
        AuditEvent last = event(1);
        log.append(last);
        log.complete(last.withStatus(201));
        eventually("a later status is readable", () -> all().contains(last.withStatus(201)));
        assertEquals(List.of(last.withStatus(201)), all());
    }

    @Test
    void tenants_that_have_events_are_found_one_after_the_other() {
        String first = tenant + "-a";
        String second = tenant + "-b";
        log.append(of(event(0), second));
        log.append(of(event(1), first));
        log.append(of(event(2), first));
        log.append(of(event(3), null));
        assertEquals(Optional.of(first), log.tenantAfter(tenant));
        assertEquals(Optional.of(second), log.tenantAfter(first));
        assertNotEquals(Optional.of(second), log.tenantAfter(second));
        assertNotEquals(Optional.empty(), log.tenantAfter(""));
    }
}
