package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;

/** The log under test, and the fixtures that all subjects of {@link AuditLogContract} share. */
abstract class AuditLogFixture {

    static final int THREADS = 16;

    static final Instant START = Instant.parse("2026-03-29T01:30:00.123Z");

    AuditLog log;
    final String tenant = newTenant();

    /** Returns the contract that this subject is nested in. */
    abstract AuditLogContract contract();

    @BeforeEach
    void useLog() {
        log = contract().log();
    }

    /** Returns how long an offered event or a status may take until it is readable. */
    Duration patience() {
        return contract().patience();
    }

    /** Returns how long an event may take until it is {@linkplain AuditLog#settled settled}. */
    Duration settling() {
        return contract().settling();
    }

    /** Returns how many events each of {@link #THREADS} threads appends concurrently. */
    int appendsPerThread() {
        return contract().appendsPerThread();
    }

    static String newId() {
        return UUID.randomUUID().toString();
    }

    static String newTenant() {
        return "tenant-" + UUID.randomUUID();
    }

    /** Returns a call without a status, {@code number} hundredths of a second after {@link #START}. */
    AuditEvent event(int number) {
        return AuditEvent.builder(newId(), START.plusMillis(number * 10L), AuditEvent.CALL, "allowed")
                .requestId("req_" + number)
                .tenantId(tenant)
                .tokenId("apitoken_7")
                .method("GET")
                .endpoint("/learners")
                .build();
    }

    List<AuditEvent> events(int count) {
        return IntStream.range(0, count).mapToObj(this::event).toList();
    }

    List<AuditEvent> append(int count) {
        List<AuditEvent> events = events(count);
        events.forEach(log::append);
        return events;
    }

    static AuditEvent at(AuditEvent event, Instant at) {
        return copy(event, event.id(), at, event.tenantId(), event.endpoint());
    }

    static AuditEvent of(AuditEvent event, @Nullable String tenantId) {
        return copy(event, event.id(), event.at(), tenantId, event.endpoint());
    }

    static AuditEvent copy(
            AuditEvent event, String id, Instant at, @Nullable String tenantId, @Nullable String endpoint) {
        return AuditEvent.builder(id, at, event.event(), event.outcome())
                .requestId(event.requestId())
                .tenantId(tenantId)
                .tokenId(event.tokenId())
                .method(event.method())
                .endpoint(endpoint)
                .status(event.status())
                .actor(event.actor())
                .details(event.details())
                .aggregate(event.aggregate())
                .build();
    }

    List<AuditEvent> all() {
        return read(null, null, 1000);
    }

    /** Returns the events of every page up to the first empty page. */
    List<AuditEvent> read(@Nullable Instant from, @Nullable Instant to, int limit) {
        List<AuditEvent> read = new ArrayList<>();
        String next = CursorPage.START;
        for (int pages = 0; pages < 10_000; pages++) {
            CursorPage<AuditEvent> page = page(from, to, next, limit);
            if (page.items().isEmpty()) {
                return read;
            }
            read.addAll(page.items());
            next = page.next();
        }
        return fail("10,000 pages were read, and still there is another");
    }

    CursorPage<AuditEvent> page(@Nullable Instant from, @Nullable Instant to, String after, int limit) {
        CursorPage<AuditEvent> page = log.read(tenant, from, to, after, limit);
        assertTrue(page.items().size() <= limit, "a page holds no more than asked for");
        return page;
    }

    void eventually(String what, BooleanSupplier condition) {
        eventually(what, patience(), condition);
    }

    static void eventually(String what, Duration within, BooleanSupplier condition) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                fail("condition not met within " + within + ": " + what);
            }
            pause();
        }
    }

    static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            fail("interrupted", interrupted);
        }
    }
}
