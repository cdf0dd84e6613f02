package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditEvent.Aggregate;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuditLog.Page;

/**
 * What every {@link AuditLog} has to keep, as tests. Extend it, and say how to open the log:
 *
 * <pre>{@code
 * final class OurAuditLogTest extends AuditLogContract {
 *     @Override
 *     protected AuditLog open() {
 *         return new OurAuditLog(database);
 *     }
 * }
 * }</pre>
 *
 * <p>A log need not be empty: every test works with a tenant and event ids that were never used before. It needs room for
 * some thousand events.
 */
public abstract class AuditLogContract {

    private static final int THREADS = 16;

    private static final Instant START = Instant.parse("2026-03-29T01:30:00.123Z");

    private AuditLog log;
    private final String tenant = newTenant();

    /** For subclasses. */
    protected AuditLogContract() {}

    /**
     * Opens the log. Called before each test, ahead of the {@code @BeforeEach} methods of a subclass; the same log may be
     * returned every time. Closing is left to the subclass.
     *
     * @throws Exception whatever keeps it from being opened; the test then fails
     */
    protected abstract AuditLog open() throws Exception;

    /** How long what was only offered may take to become readable: 5 seconds unless overridden. */
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    /** How long an event may take until it is {@linkplain AuditLog#settled settled}: 5 seconds unless overridden. */
    protected Duration settling() {
        return Duration.ofSeconds(5);
    }

    /** How many events each of 16 threads appends at once: 25 unless overridden. */
    protected int appendsPerThread() {
        return 25;
    }

    @BeforeEach
    void openLog() throws Exception {
        log = open();
    }

    // ---- append

    @Test
    void whatWasAppendedIsThere() {
        AuditEvent event = event(0);
        log.append(event);
        assertEquals(List.of(event), all());
    }

    @Test
    void anEventThatIsAppendedTwiceIsOneRow() {
        AuditEvent event = event(0);
        AuditEvent other = event(1);
        log.append(event);
        log.append(other);
        log.append(event);
        assertEquals(List.of(event, other), all());
    }

    @Test
    void anEventThatIsAppendedByManyAtOnceIsOneRow() throws InterruptedException {
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
    void anEventThatIsOfferedAndAppendedIsOneRow() {
        AuditEvent event = event(0);
        log.append(event);
        log.offer(event);
        AuditEvent last = event(1);
        log.offer(last);
        eventually("an offered event is readable", () -> all().contains(last));
        assertEquals(List.of(event, last), all());
    }

    @Test
    void keepsWhatIsAbsentAbsent() {
        AuditEvent event = new AuditEvent(
                newId(), START, null, tenant, null, null, null, null, AuditEvent.CALL, "allowed", null, Map.of());
        log.append(event);
        assertEquals(List.of(event), all());
    }

    @Test
    void takesAnEventWithoutATenantAndShowsItToNone() {
        AuditEvent strangers = new AuditEvent(
                newId(), START, "req_1", null, null, "GET", "/x", 401, AuditEvent.CALL, "denied", null, Map.of());
        log.append(strangers);
        log.offer(withId(strangers, newId()));
        AuditEvent ours = event(0);
        log.append(ours);
        assertEquals(List.of(ours), all());
        assertEquals(
                List.of(), log.read("", null, null, Page.START, 10).events(), "the empty tenant is not the absent one");
        assertEquals(List.of(), log.read("null", null, null, Page.START, 10).events());
    }

    @Test
    void keepsTextsCharacterByCharacter() {
        String odd = "\uD83D\uDE00 \u5b66\u6821 \u0634 \u00e9 e\u0301 \"'\\ %_ =&; ";
        Map<String, String> details = new HashMap<>();
        details.put("a=b&c", "d=e&f%20+;,");
        details.put("two\nlines\r\n\t", "two\nlines\r\n\t");
        details.put(odd, odd);
        details.put("empty", "");
        details.put("case", "lower");
        details.put("Case", "upper");
        AuditEvent event = new AuditEvent(
                newId(),
                START,
                "req_" + "x".repeat(60),
                tenant,
                "apitoken_" + newId(),
                "PROPFIND",
                "/" + odd,
                503,
                "token.updated",
                "denied:INSUFFICIENT_SCOPE",
                "user " + odd,
                details);
        log.append(event);
        assertEquals(List.of(event), all());
    }

    @Test
    void keepsTheLongestEndpoint() {
        AuditEvent chinese = withEndpoint(event(0), "/" + "\u5b66".repeat(1023));
        AuditEvent emoji = withEndpoint(event(1), "\uD83D\uDE00".repeat(512));
        AuditEvent cut = withEndpoint(event(2), "/a\r\nb" + "x".repeat(5000));
        log.append(chinese);
        log.append(emoji);
        log.append(cut);
        assertEquals(List.of(chinese, emoji, cut), all());
    }

    @Test
    void keepsTimesToTheMillisecond() {
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
    void keepsHowManyCallsAnEventStandsFor() {
        AuditEvent one = aggregate(event(0), 1);
        AuditEvent many = aggregate(event(1), 5_000_000_000L);
        AuditEvent single = event(2);
        log.append(one);
        log.append(many);
        log.append(single);
        assertEquals(List.of(one, many, single), all());
    }

    @Test
    void whatManyAppendAtOnceIsThereOnce() throws InterruptedException {
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

    // ---- offer and complete

    @Test
    void whatWasOfferedBecomesReadable() {
        long dropped = log.dropped();
        AuditEvent event = event(0);
        log.offer(event);
        eventually("an offered event is readable", () -> all().equals(List.of(event)));
        assertEquals(dropped, log.dropped(), "a log that has room drops nothing");
    }

    @Test
    void everyOfferedEventIsReadableOrCountedAsDropped() throws InterruptedException {
        long dropped = log.dropped();
        try (Race race = new Race()) {
            Callable<Boolean> offerer = () -> {
                events(50).forEach(log::offer);
                return true;
            };
            race.run(Collections.nCopies(THREADS, offerer));
        }
        eventually(
                "all that was offered is readable or dropped",
                () -> all().size() + log.dropped() - dropped == THREADS * 50L);
    }

    @Test
    void completeSetsTheStatusAndNothingElse() {
        AuditEvent entry = event(0);
        AuditEvent other = event(1);
        log.append(entry);
        log.append(other);
        assertEquals(List.of(entry, other), all(), "a status is absent until it is known");
        log.complete(entry, 204);
        eventually("a status is readable", () -> all().equals(List.of(entry.withStatus(204), other)));
    }

    @Test
    void completeReachesAnEventThatWasOnlyOffered() {
        AuditEvent entry = event(0);
        log.offer(entry);
        log.complete(entry, 500);
        eventually("a status is readable", () -> all().equals(List.of(entry.withStatus(500))));
    }

    @Test
    void aStatusSurvivesASecondAppendOfItsEvent() {
        AuditEvent entry = event(0);
        log.append(entry);
        log.complete(entry, 200);
        eventually("a status is readable", () -> all().equals(List.of(entry.withStatus(200))));
        log.append(entry);
        assertEquals(List.of(entry.withStatus(200)), all());
    }

    // ---- read

    @Test
    void readsOldestFirst() {
        List<AuditEvent> events = append(10);
        assertEquals(events, all());
        assertEquals(events, read(null, null, 100));
    }

    @Test
    void readsFromATimeOnAndUpToButNotAtAnother() {
        List<AuditEvent> events = append(5);
        Instant second = events.get(1).at();
        Instant fourth = events.get(3).at();
        assertEquals(events.subList(1, 5), read(second, null, 2), "from a time on");
        assertEquals(events.subList(0, 3), read(null, fourth, 2), "up to a time");
        assertEquals(events.subList(1, 3), read(second, fourth, 2), "between two times");
        assertEquals(events.subList(2, 5), read(second.plusMillis(1), null, 2), "from a millisecond later on");
        assertEquals(events.subList(0, 4), read(null, fourth.plusMillis(1), 2), "up to a millisecond later");
        assertEquals(List.of(), read(second, second, 2), "an empty time");
    }

    @Test
    void pagesHoldEachRowOnceAndNoMoreThanAskedFor() {
        List<AuditEvent> events = append(10);
        for (int limit : new int[] {1, 3, 5, 10, 11}) {
            assertEquals(events, read(null, null, limit), "in pages of " + limit);
        }
    }

    /** Where the time alone tells how far a reader got, events of the same time are skipped or repeated. */
    @Test
    void pagesHoldEachRowOnceThoughAllAreOfOneTime() {
        List<AuditEvent> events =
                IntStream.range(0, 10).mapToObj(i -> at(event(i), START)).toList();
        events.forEach(log::append);
        List<AuditEvent> read = read(null, null, 3);
        assertEquals(10, read.size());
        assertEquals(new HashSet<>(events), new HashSet<>(read));
    }

    @Test
    void aReaderGoesOnWhereItStopped() {
        List<AuditEvent> events = append(3);
        Page page = log.read(tenant, null, null, Page.START, 10);
        assertEquals(events, page.events());
        Page end = log.read(tenant, null, null, page.next(), 10);
        assertEquals(List.of(), end.events());
        AuditEvent late = event(3);
        log.append(late);
        assertEquals(
                List.of(late), log.read(tenant, null, null, page.next(), 10).events());
        assertEquals(List.of(late), log.read(tenant, null, null, end.next(), 10).events());
    }

    @Test
    void anEmptyTenantsPageIsEmptyAndCanBeGoneOnFrom() {
        Page empty = log.read(tenant, null, null, Page.START, 10);
        assertEquals(List.of(), empty.events());
        AuditEvent first = event(0);
        log.append(first);
        assertEquals(
                List.of(first), log.read(tenant, null, null, empty.next(), 10).events());
    }

    @Test
    void aReaderSeesEachRowOnceWhileAnotherAppends() throws InterruptedException {
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
                        String next = Page.START;
                        boolean last;
                        do {
                            last = over.get();
                            Page page = page(null, null, next, 7);
                            read.addAll(page.events());
                            next = page.next();
                            last &= page.events().isEmpty();
                        } while (!last && read.size() <= events.size());
                        return read;
                    }));
            assertEquals(events, results.get(1));
        }
    }

    @Test
    void whatWasThereBeforeIsReadOnceThoughManyAppend() throws InterruptedException {
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
    void readHidesOtherTenants() {
        AuditEvent ours = event(0);
        log.append(ours);
        String other = newTenant();
        AuditEvent theirs = of(event(1), other);
        log.append(theirs);
        assertEquals(List.of(ours), all());
        assertEquals(
                List.of(theirs), log.read(other, null, null, Page.START, 10).events());
        for (String lookAlike : List.of(
                tenant.toUpperCase(Locale.ROOT),
                tenant.replaceFirst("e", "\u00e9"),
                tenant + " ",
                tenant.substring(0, tenant.length() - 1) + "_",
                "%")) {
            assertEquals(
                    List.of(), log.read(lookAlike, null, null, Page.START, 10).events(), "read by " + lookAlike);
        }
    }

    // ---- the order of writing

    @Test
    void followsTheOrderOfWritingWhateverTheTimesOfEvents() {
        List<AuditEvent> events = new ArrayList<>(events(5));
        Collections.reverse(events);
        events.forEach(log::append);
        assertEquals(events, follow(new Follower(tenant, 2), 5));
    }

    @Test
    void aFollowerGoesOnWhereItStopped() {
        Follower follower = new Follower(tenant, 2);
        List<AuditEvent> events = append(3);
        assertEquals(events, follow(follower, 3));
        AuditEvent earlier = at(event(0), START.minusSeconds(3600));
        log.append(earlier);
        assertEquals(List.of(earlier), follow(follower, 1), "an event of an earlier time that is written later");
        AuditEvent last = event(7);
        log.append(last);
        assertEquals(List.of(last), follow(follower, 1));
    }

    @Test
    void aFollowerGetsEachEventOnceWhileManyAppend() throws InterruptedException {
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
    void followsOneTenantOrTheEventsOfNone() {
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
    void aCompletedEventKeepsItsPosition() {
        AuditEvent entry = event(0);
        AuditEvent other = event(1);
        log.append(entry);
        log.append(other);
        log.complete(entry, 204);
        AuditEvent completed = entry.withStatus(204);
        eventually("a status is readable", () -> all().contains(completed));
        assertEquals(List.of(completed, other), follow(new Follower(tenant, 10), 2));
    }

    @Test
    void aPageOfTheOrderOfWritingEndsWhereItIsToEnd() {
        List<AuditEvent> events = append(3);
        follow(new Follower(tenant, 10), 3);
        String end = log.settled();
        Page first = log.readWritten(tenant, Page.START, end, 1);
        assertEquals(events.subList(0, 1), first.events());
        assertEquals(
                List.of(), log.readWritten(tenant, Page.START, Page.START, 10).events());
        assertEquals(
                events.subList(0, 1),
                log.readWritten(tenant, Page.START, first.next(), 10).events());
        assertEquals(
                events.subList(1, 3),
                log.readWritten(tenant, first.next(), end, 10).events());
        assertEquals(List.of(), log.readWritten(tenant, end, end, 10).events());
    }

    @Test
    void refusesAPositionThatIsNone() {
        String end = log.settled();
        for (String position : List.of("x", "2026-05-07", "1.x", "99999999999999999999")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> log.readWritten(tenant, position, end, 10),
                    "after " + position);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> log.readWritten(tenant, Page.START, position, 10),
                    "up to " + position);
        }
    }

    // ---- purge

    @Test
    void oldEventsAreDeletedInPortionsOldestFirst() {
        List<AuditEvent> events = append(10);
        AuditEvent others = of(event(0), newTenant());
        log.append(others);
        Instant before = events.get(7).at();
        assertEquals(3, log.purge(tenant, before, 3));
        assertEquals(events.subList(3, 10), all());
        assertEquals(3, log.purge(tenant, before, 3));
        assertEquals(1, log.purge(tenant, before, 3), "what is left of the old ones");
        assertEquals(0, log.purge(tenant, before, 3));
        assertEquals(events.subList(7, 10), all(), "an event at the bound is not before it");
        String other = others.tenantId();
        assertEquals(
                List.of(others),
                log.read(other == null ? "" : other, null, null, Page.START, 10).events());
    }

    @Test
    void eventsOfNoTenantAreDeletedByThemselves() {
        AuditEvent event = event(0);
        AuditEvent strangers = of(at(event(1), Instant.EPOCH), null);
        log.append(event);
        log.append(strangers);
        assertEquals(1, log.purge(null, Instant.EPOCH.plusMillis(1), 100));
        assertEquals(0, log.purge(null, Instant.EPOCH.plusMillis(1), 100));
        assertEquals(List.of(event), all());
    }

    @Test
    void anEventThatWasDeletedCanBeCompletedWithoutHarm() {
        AuditEvent event = event(0);
        log.append(event);
        assertEquals(1, log.purge(tenant, event.at().plusMillis(1), 10));
        log.complete(event, 200);
        AuditEvent last = event(1);
        log.append(last);
        log.complete(last, 201);
        eventually("a later status is readable", () -> all().contains(last.withStatus(201)));
        assertEquals(List.of(last.withStatus(201)), all());
    }

    @Test
    void tenantsThatHaveEventsAreFoundOneAfterTheOther() {
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

    // ---- what the tests are written with

    private static String newId() {
        return UUID.randomUUID().toString();
    }

    private static String newTenant() {
        return "tenant-" + UUID.randomUUID();
    }

    /** A call without a status, so many hundredths of a second after the start. */
    private AuditEvent event(int number) {
        return new AuditEvent(
                newId(),
                START.plusMillis(number * 10L),
                "req_" + number,
                tenant,
                "apitoken_7",
                "GET",
                "/learners",
                null,
                AuditEvent.CALL,
                "allowed",
                null,
                Map.of());
    }

    private static AuditEvent aggregate(AuditEvent event, long count) {
        return new AuditEvent(
                event.id(),
                event.at(),
                null,
                event.tenantId(),
                event.tokenId(),
                null,
                null,
                429,
                event.event(),
                "denied:RATE_LIMITED",
                null,
                Map.of(),
                new Aggregate(count, event.at().plusMillis(59_999)));
    }

    private List<AuditEvent> events(int count) {
        return IntStream.range(0, count).mapToObj(this::event).toList();
    }

    private List<AuditEvent> append(int count) {
        List<AuditEvent> events = events(count);
        events.forEach(log::append);
        return events;
    }

    private static AuditEvent withId(AuditEvent event, String id) {
        return copy(event, id, event.at(), event.tenantId(), event.endpoint());
    }

    private static AuditEvent at(AuditEvent event, Instant at) {
        return copy(event, event.id(), at, event.tenantId(), event.endpoint());
    }

    private static AuditEvent of(AuditEvent event, @Nullable String tenantId) {
        return copy(event, event.id(), event.at(), tenantId, event.endpoint());
    }

    private static AuditEvent withEndpoint(AuditEvent event, String endpoint) {
        return copy(event, event.id(), event.at(), event.tenantId(), endpoint);
    }

    private static AuditEvent copy(
            AuditEvent event, String id, Instant at, @Nullable String tenantId, @Nullable String endpoint) {
        return new AuditEvent(
                id,
                at,
                event.requestId(),
                tenantId,
                event.tokenId(),
                event.method(),
                endpoint,
                event.status(),
                event.event(),
                event.outcome(),
                event.actor(),
                event.details(),
                event.aggregate());
    }

    /** Reads what has been written since it last did, as an export does that goes on where the last one ended. */
    private final class Follower {
        private final @Nullable String whose;
        private final int limit;
        private String position = Page.START;

        Follower(@Nullable String whose, int limit) {
            this.whose = whose;
            this.limit = limit;
        }

        List<AuditEvent> next() {
            String end = log.settled();
            List<AuditEvent> read = new ArrayList<>();
            for (Page page = log.readWritten(whose, position, end, limit);
                    !page.events().isEmpty();
                    page = log.readWritten(whose, page.next(), end, limit)) {
                assertTrue(page.events().size() <= limit, "a page holds no more than asked for");
                read.addAll(page.events());
            }
            position = end;
            return read;
        }
    }

    /** What a follower gets until it has that many events; more, if they come together with the last of these. */
    private List<AuditEvent> follow(Follower follower, int count) {
        List<AuditEvent> read = new ArrayList<>();
        eventually(count + " events are settled", settling(), () -> {
            read.addAll(follower.next());
            return read.size() >= count;
        });
        return read;
    }

    private List<AuditEvent> all() {
        return read(null, null, 1000);
    }

    /** Every page, up to the first empty one. */
    private List<AuditEvent> read(@Nullable Instant from, @Nullable Instant to, int limit) {
        List<AuditEvent> read = new ArrayList<>();
        String next = Page.START;
        for (int pages = 0; pages < 10_000; pages++) {
            Page page = page(from, to, next, limit);
            if (page.events().isEmpty()) {
                return read;
            }
            read.addAll(page.events());
            next = page.next();
        }
        return fail("10,000 pages were read, and still there is another");
    }

    private Page page(@Nullable Instant from, @Nullable Instant to, String after, int limit) {
        Page page = log.read(tenant, from, to, after, limit);
        assertTrue(page.events().size() <= limit, "a page holds no more than asked for");
        return page;
    }

    private void eventually(String what, BooleanSupplier condition) {
        eventually(what, patience(), condition);
    }

    private static void eventually(String what, Duration within, BooleanSupplier condition) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                fail("not within " + within + ": " + what);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            fail("interrupted", interrupted);
        }
    }
}
