package school.lectern.auth.testkit;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;

/** Plants bugs in a correct audit log, and checks that the contract detects each. */
final class AuditLogContractTest {

    private static Supplier<AuditLog> planted = PlainAuditLog::new;

    private static final Set<String> FAILED_ONCE = new TreeSet<>();

    /** The contract for the log with the planted bug. Test discovery must not find it. */
    static final class Planted extends AuditLogContract {
        @Override
        protected AuditLog open() {
            return planted.get();
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(30);
        }

        @Override
        protected Duration settling() {
            return Duration.ofMillis(30);
        }

        @Override
        protected int appendsPerThread() {
            return 10;
        }
    }

    /** A minimal, correct audit log, made of steps that a planted bug can override. */
    private static class PlainAuditLog implements AuditLog {
        final List<AuditEvent> rows = new ArrayList<>();
        long dropped;

        boolean isTenant(AuditEvent row, String tenantId) {
            return tenantId.equals(row.tenantId());
        }

        boolean isFrom(AuditEvent row, Instant from) {
            return !row.at().isBefore(from);
        }

        boolean isTo(AuditEvent row, Instant to) {
            return row.at().isBefore(to);
        }

        /** Returns the row as it is after it was written and read. */
        AuditEvent kept(AuditEvent row) {
            return row;
        }

        int placeOf(AuditEvent event) {
            for (int i = 0; i < rows.size(); i++) {
                if (rows.get(i).id().equals(event.id())) {
                    return i;
                }
            }
            return -1;
        }

        @Override
        public synchronized void append(AuditEvent event) {
            if (placeOf(event) < 0) {
                rows.add(kept(event));
            }
        }

        @Override
        public synchronized void offer(AuditEvent event) {
            append(event);
        }

        @Override
        public synchronized void complete(AuditEvent completed) {
            int place = placeOf(completed);
            if (place >= 0) {
                rows.set(place, completed);
            }
        }

        @Override
        public synchronized long dropped() {
            return dropped;
        }

        @Override
        public synchronized CursorPage<AuditEvent> read(
                String tenantId, Instant from, Instant to, String after, int limit) {
            int place = after.isEmpty() ? 0 : Integer.parseInt(after);
            List<AuditEvent> page = new ArrayList<>();
            while (place < rows.size() && page.size() < limit) {
                AuditEvent row = rows.get(place++);
                if (isTenant(row, tenantId) && (from == null || isFrom(row, from)) && (to == null || isTo(row, to))) {
                    page.add(row);
                }
            }
            return CursorPage.of(page, Integer.toString(place));
        }

        @Override
        public synchronized String settled() {
            return Integer.toString(rows.size());
        }

        boolean isFollowed(AuditEvent row, String tenantId) {
            return Objects.equals(tenantId, row.tenantId());
        }

        @Override
        public synchronized CursorPage<AuditEvent> readWritten(String tenantId, String after, String upTo, int limit) {
            int place = after.isEmpty() ? 0 : Integer.parseInt(after);
            int end = upTo.isEmpty() ? 0 : Integer.parseInt(upTo);
            List<AuditEvent> page = new ArrayList<>();
            while (place < end && page.size() < limit) {
                AuditEvent row = rows.get(place++);
                if (isFollowed(row, tenantId)) {
                    page.add(row);
                }
            }
            return CursorPage.of(page, Integer.toString(place));
        }

        @Override
        public synchronized Optional<String> tenantAfter(String tenantId) {
            return rows.stream()
                    .map(AuditEvent::tenantId)
                    .filter(id -> id != null && id.compareTo(tenantId) > 0)
                    .min(String::compareTo);
        }

        @Override
        public synchronized int purge(String tenantId, Instant before, int limit) {
            List<AuditEvent> old = rows.stream()
                    .filter(row -> isPurged(row, tenantId, before))
                    .limit(limit)
                    .toList();
            rows.removeAll(old);
            return old.size();
        }

        boolean isPurged(AuditEvent row, String tenantId, Instant before) {
            return Objects.equals(tenantId, row.tenantId()) && row.at().isBefore(before);
        }
    }

    @Test
    void aLogThatIsRightPasses() {
        planted = PlainAuditLog::new;
        ContractRun.of(Planted.class).assertAllPassed();
    }

    private static DynamicTest bug(String what, Supplier<AuditLog> log, String... caughtBy) {
        return dynamicTest(what, () -> {
            planted = log;
            ContractRun run = ContractRun.of(Planted.class);
            FAILED_ONCE.addAll(run.failed());
            run.assertCaughtBy(Set.of(caughtBy));
            run.assertSomePassed();
        });
    }

    /** Plants a log that applies the function to every row that it stores. */
    private static DynamicTest lossy(String what, UnaryOperator<AuditEvent> loss, String... caughtBy) {
        return bug(
                what,
                () -> new PlainAuditLog() {
                    @Override
                    AuditEvent kept(AuditEvent row) {
                        return loss.apply(row);
                    }
                },
                caughtBy);
    }

    private static AuditEvent copy(
            AuditEvent row, Instant at, String actor, String endpoint, Map<String, String> details) {
        return AuditEvent.builder(row.id(), at, row.event(), row.outcome())
                .requestId(row.requestId())
                .tenantId(row.tenantId())
                .tokenId(row.tokenId())
                .method(row.method())
                .endpoint(endpoint)
                .status(row.status())
                .actor(actor)
                .details(details)
                .aggregate(row.aggregate())
                .build();
    }

    @TestFactory
    Stream<DynamicTest> catches() {
        return Stream.of(
                        writing(),
                        keeping(),
                        reading(),
                        following(),
                        Stream.of(dynamicTest(
                                "every test detects a bug",
                                () -> ContractRun.assertEveryTestCaughtSomething(AuditLogContract.class, FAILED_ONCE))))
                .flatMap(bugs -> bugs);
    }

    private static Stream<DynamicTest> writing() {
        return Stream.of(
                bug(
                        "an event that is stored twice",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void append(AuditEvent event) {
                                rows.add(event);
                            }
                        },
                        "an_event_that_is_appended_twice_is_one_row",
                        "an_event_that_is_appended_concurrently_is_one_row",
                        "an_event_that_is_offered_and_appended_is_one_row",
                        "a_status_survives_a_second_append_of_its_event"),
                bug(
                        "append that checks first and writes later",
                        () -> new PlainAuditLog() {
                            @Override
                            public void append(AuditEvent event) {
                                boolean there;
                                synchronized (this) {
                                    there = placeOf(event) >= 0;
                                }
                                // Long enough for another thread to read at the same time, on any machine.
                                LockSupport.parkNanos(2_000_000);
                                synchronized (this) {
                                    if (!there) {
                                        rows.add(event);
                                    }
                                }
                            }
                        },
                        "an_event_that_is_appended_concurrently_is_one_row"),
                bug(
                        "append that returns before the row is stored",
                        () -> new PlainAuditLog() {
                            private AuditEvent pending;

                            @Override
                            public synchronized void append(AuditEvent event) {
                                if (pending != null) {
                                    super.append(pending);
                                }
                                pending = event;
                            }
                        },
                        "appended_events_are_read",
                        "concurrently_appended_events_are_stored_once",
                        "a_reader_sees_each_row_once_while_another_appends"),
                bug(
                        "a second append that removes the status",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void append(AuditEvent event) {
                                int place = placeOf(event);
                                if (place < 0) {
                                    rows.add(event);
                                } else {
                                    rows.set(place, event);
                                }
                            }
                        },
                        "a_status_survives_a_second_append_of_its_event"),
                bug(
                        "an offered event that is lost without being counted",
                        () -> new PlainAuditLog() {
                            @Override
                            public void offer(AuditEvent event) {}
                        },
                        "offered_events_become_readable",
                        "every_offered_event_is_readable_or_counted_as_dropped"),
                bug(
                        "an offered event that is both written and counted as dropped",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void offer(AuditEvent event) {
                                super.offer(event);
                                dropped++;
                            }
                        },
                        "offered_events_become_readable",
                        "every_offered_event_is_readable_or_counted_as_dropped"),
                bug(
                        "a status that is lost",
                        () -> new PlainAuditLog() {
                            @Override
                            public void complete(AuditEvent completed) {}
                        },
                        "complete_sets_the_status_and_nothing_else",
                        "complete_reaches_an_event_that_was_only_offered"),
                bug(
                        "an outcome that is not replaced",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void complete(AuditEvent completed) {
                                super.complete(
                                        completed.withStatus(Objects.requireNonNull(completed.status()), "allowed"));
                            }
                        },
                        "complete_replaces_the_outcome_of_a_call_that_was_denied_after_all"),
                bug(
                        "a status that is set for all of the tenant's rows",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void complete(AuditEvent completed) {
                                rows.replaceAll(row -> row.withStatus(
                                        Objects.requireNonNull(completed.status()), completed.outcome()));
                            }
                        },
                        "complete_sets_the_status_and_nothing_else"),
                bug(
                        "append that requires a tenant",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void append(AuditEvent event) {
                                Objects.requireNonNull(event.tenantId());
                                super.append(event);
                            }
                        },
                        "an_event_without_a_tenant_is_stored_and_not_returned_to_any_tenant"),
                bug(
                        "no tenant stored as an empty tenant",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isTenant(AuditEvent row, String tenantId) {
                                return tenantId.equals(row.tenantId() == null ? "" : row.tenantId());
                            }
                        },
                        "an_event_without_a_tenant_is_stored_and_not_returned_to_any_tenant"));
    }

    private static Stream<DynamicTest> keeping() {
        return Stream.of(
                lossy(
                        "no text read as an empty text",
                        row -> copy(
                                row, row.at(), row.actor() == null ? "" : row.actor(), row.endpoint(), row.details()),
                        "absent_values_stay_absent"),
                lossy(
                        "endpoints cut to 255 bytes",
                        row -> copy(
                                row,
                                row.at(),
                                row.actor(),
                                row.endpoint() == null
                                        ? null
                                        : row.endpoint()
                                                .substring(
                                                        0,
                                                        Math.min(
                                                                255,
                                                                row.endpoint().length())),
                                row.details()),
                        "keeps_the_longest_endpoint"),
                lossy(
                        "details as lines of key=value",
                        row -> {
                            Map<String, String> read = new HashMap<>();
                            row.details().forEach((key, value) -> {
                                for (String line : (key + "=" + value).split("\n", -1)) {
                                    read.put(line.replaceFirst("=.*", ""), line.replaceFirst("^[^=]*=?", ""));
                                }
                            });
                            return copy(row, row.at(), row.actor(), row.endpoint(), read);
                        },
                        "keeps_texts_character_by_character"),
                lossy(
                        "times stored in whole seconds",
                        row -> copy(
                                row,
                                row.at().truncatedTo(ChronoUnit.SECONDS),
                                row.actor(),
                                row.endpoint(),
                                row.details()),
                        "keeps_times_to_the_millisecond"),
                lossy(
                        "an aggregate that is read as one call",
                        row -> AuditEvent.builder(row.id(), row.at(), row.event(), row.outcome())
                                .requestId(row.requestId())
                                .tenantId(row.tenantId())
                                .tokenId(row.tokenId())
                                .method(row.method())
                                .endpoint(row.endpoint())
                                .status(row.status())
                                .actor(row.actor())
                                .details(row.details())
                                .build(),
                        "the_number_of_calls_of_an_event_is_stored"),
                lossy(
                        "times that end in 2038",
                        row -> copy(row, untilEndOf32Bits(row.at()), row.actor(), row.endpoint(), row.details()),
                        "keeps_times_to_the_millisecond"));
    }

    private static Instant untilEndOf32Bits(Instant time) {
        Instant last = Instant.ofEpochSecond(Integer.MAX_VALUE);
        return time.isAfter(last) ? last : time;
    }

    private static Stream<DynamicTest> reading() {
        return Stream.of(
                bug(
                        "an inclusive end",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isTo(AuditEvent row, Instant to) {
                                return !row.at().isAfter(to);
                            }
                        },
                        "reads_from_a_time_on_and_up_to_but_not_at_another"),
                bug(
                        "an exclusive start",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isFrom(AuditEvent row, Instant from) {
                                return row.at().isAfter(from);
                            }
                        },
                        "reads_from_a_time_on_and_up_to_but_not_at_another"),
                bug(
                        "rows of other tenants",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isTenant(AuditEvent row, String tenantId) {
                                return true;
                            }
                        },
                        "read_hides_other_tenants"),
                bug(
                        "a collation that ignores case in tenants",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isTenant(AuditEvent row, String tenantId) {
                                return tenantId.toLowerCase(Locale.ROOT).equals(row.tenantId());
                            }
                        },
                        "read_hides_other_tenants"),
                bug(
                        "the newest event first",
                        () -> new PlainAuditLog() {
                            @Override
                            public CursorPage<AuditEvent> read(
                                    String tenantId, Instant from, Instant to, String after, int limit) {
                                CursorPage<AuditEvent> page = super.read(tenantId, from, to, after, limit);
                                List<AuditEvent> events = new ArrayList<>(page.items());
                                Collections.reverse(events);
                                return CursorPage.of(events, page.next());
                            }
                        },
                        "reads_oldest_first"),
                bug(
                        "pages that exceed the limit",
                        () -> new PlainAuditLog() {
                            @Override
                            public CursorPage<AuditEvent> read(
                                    String tenantId, Instant from, Instant to, String after, int limit) {
                                return super.read(tenantId, from, to, after, limit + 1);
                            }
                        },
                        "pages_contain_each_row_once_and_respect_the_limit"),
                bug(
                        "a position that is the time of the last row",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized CursorPage<AuditEvent> read(
                                    String tenantId, Instant from, Instant to, String after, int limit) {
                                Instant last = after.isEmpty() ? Instant.MIN : Instant.parse(after);
                                List<AuditEvent> page = rows.stream()
                                        .filter(row -> isTenant(row, tenantId)
                                                && (from == null || isFrom(row, from))
                                                && (to == null || isTo(row, to))
                                                && row.at().isAfter(last))
                                        .limit(limit)
                                        .toList();
                                String next = page.isEmpty()
                                        ? after
                                        : page.get(page.size() - 1).at().toString();
                                return CursorPage.of(page, next);
                            }
                        },
                        "pages_contain_each_row_once_if_all_have_the_same_time"),
                bug(
                        "a last position from which a reader starts again",
                        () -> new PlainAuditLog() {
                            @Override
                            public CursorPage<AuditEvent> read(
                                    String tenantId, Instant from, Instant to, String after, int limit) {
                                CursorPage<AuditEvent> page = super.read(tenantId, from, to, after, limit);
                                return page.items().isEmpty()
                                        ? CursorPage.of(List.<AuditEvent>of(), CursorPage.START)
                                        : page;
                            }
                        },
                        "a_reader_continues_where_it_stopped"),
                bug(
                        "an invalid position for an empty log",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized CursorPage<AuditEvent> read(
                                    String tenantId, Instant from, Instant to, String after, int limit) {
                                return rows.isEmpty()
                                        ? CursorPage.of(List.of(), "end")
                                        : super.read(tenantId, from, to, after, limit);
                            }
                        },
                        "the_page_of_a_tenant_without_events_is_empty_and_can_be_continued"),
                bug(
                        "positions that are counted from the newest row",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized CursorPage<AuditEvent> read(
                                    String tenantId, Instant from, Instant to, String after, int limit) {
                                int left = after.isEmpty() ? rows.size() : Integer.parseInt(after);
                                int place = rows.size() - left;
                                CursorPage<AuditEvent> page =
                                        super.read(tenantId, from, to, Integer.toString(place), limit);
                                return CursorPage.of(
                                        page.items(), Integer.toString(rows.size() - Integer.parseInt(page.next())));
                            }
                        },
                        "a_reader_continues_where_it_stopped"),
                bug(
                        "a late status that restores its deleted event",
                        () -> new PlainAuditLog() {
                            private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

                            @Override
                            public synchronized void complete(AuditEvent completed) {
                                last = last.thenRunAsync(() -> {
                                    LockSupport.parkNanos(2_000_000);
                                    append(completed);
                                    super.complete(completed);
                                });
                            }
                        },
                        "an_event_that_was_deleted_can_be_completed_without_harm"),
                bug(
                        "rows that move while they are paged",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void append(AuditEvent event) {
                                super.append(event);
                                if (rows.size() > 50) {
                                    Collections.swap(rows, 0, rows.size() - 1);
                                }
                            }
                        },
                        "existing_events_are_read_once_during_concurrent_appends"));
    }

    private static Stream<DynamicTest> following() {
        return Stream.of(
                bug(
                        "an export in the order of the events' times",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void append(AuditEvent event) {
                                super.append(event);
                                rows.sort(Comparator.comparing(AuditEvent::at));
                            }
                        },
                        "follows_the_order_of_writing_whatever_the_times_of_events",
                        "a_follower_continues_where_it_stopped"),
                bug(
                        "a position that is settled before the row is stored",
                        () -> new PlainAuditLog() {
                            private int begun;

                            @Override
                            public void append(AuditEvent event) {
                                synchronized (this) {
                                    begun++;
                                }
                                LockSupport.parkNanos(2_000_000);
                                super.append(event);
                            }

                            @Override
                            public synchronized String settled() {
                                return Integer.toString(begun);
                            }

                            @Override
                            public synchronized CursorPage<AuditEvent> readWritten(
                                    String tenantId, String after, String upTo, int limit) {
                                int end = upTo.isEmpty() ? 0 : Math.min(Integer.parseInt(upTo), rows.size());
                                return super.readWritten(tenantId, after, Integer.toString(end), limit);
                            }
                        },
                        "a_follower_gets_each_event_once_while_many_append"),
                bug(
                        "a completed event that is written again",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized void complete(AuditEvent completed) {
                                int place = placeOf(completed);
                                if (place >= 0) {
                                    rows.remove(place);
                                    rows.add(completed);
                                }
                            }
                        },
                        "a_completed_event_keeps_its_position"),
                bug(
                        "an export that reads past its end",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized CursorPage<AuditEvent> readWritten(
                                    String tenantId, String after, String upTo, int limit) {
                                return super.readWritten(tenantId, after, settled(), limit);
                            }
                        },
                        "a_page_in_the_order_of_writing_ends_at_its_end_position"),
                bug(
                        "exports that return every tenant's events",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isFollowed(AuditEvent row, String tenantId) {
                                return true;
                            }
                        },
                        "an_export_reads_one_tenant_or_the_events_without_a_tenant"),
                bug(
                        "events without a tenant that are not exported",
                        () -> new PlainAuditLog() {
                            @Override
                            boolean isFollowed(AuditEvent row, String tenantId) {
                                return tenantId != null && tenantId.equals(row.tenantId());
                            }
                        },
                        "an_export_reads_one_tenant_or_the_events_without_a_tenant"),
                bug(
                        "an invalid position read as the start",
                        () -> new PlainAuditLog() {
                            @Override
                            public synchronized CursorPage<AuditEvent> readWritten(
                                    String tenantId, String after, String upTo, int limit) {
                                String start = after.matches("[0-9]{1,9}") ? after : CursorPage.START;
                                String end = upTo.matches("[0-9]{1,9}") ? upTo : CursorPage.START;
                                return super.readWritten(tenantId, start, end, limit);
                            }
                        },
                        "an_invalid_position_is_refused"));
    }
}
