package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditEvent.Aggregate;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** How many audit rows refused calls cause. Rows and counts together account for every call. */
class RefusedCallsTest {

    private final Fixture.Audit audit = new Fixture.Audit();
    private Fixture f = fixture(AuditBudget.DEFAULT);

    @AfterEach
    void close() {
        f.close();
    }

    private Fixture fixture(AuditBudget budget) {
        return fixture(settings -> settings.auditBudget(budget));
    }

    private Fixture fixture(UnaryOperator<LecternAuthBuilder> settings) {
        return new Fixture(
                Lectern.DIALECT,
                builder -> settings.apply(builder.defaults(usual -> usual.audit(audit, AuditMode.DURABLE))));
    }

    private void budget(AuditBudget budget) {
        f.close();
        f = fixture(budget);
    }

    private List<AuditEvent> rows() {
        return Stream.concat(audit.appended.stream(), audit.offered.stream()).toList();
    }

    private List<AuditEvent> aggregates() {
        return rows().stream().filter(row -> row.aggregate() != null).toList();
    }

    private long calls() {
        return rows().stream().mapToLong(AuditEvent::count).sum();
    }

    /** Returns the client and the count of each aggregate row. */
    private List<String> counted() {
        return aggregates().stream()
                .map(row -> row.details().get("client") + " " + row.count())
                .sorted()
                .toList();
    }

    private void refuse(int times, Ask ask) {
        for (int i = 0; i < times; i++) {
            f.denied(ask);
        }
    }

    private IssuedToken revoked() {
        IssuedToken token = f.issue();
        f.auth.tenant(Fixture.TENANT)
                .tokens()
                .actingAs(Fixture.APP)
                .revoke(token.id())
                .orElseThrow();
        return token;
    }

    // ---- unauthenticated callers

    @Test
    void a_flood_of_anonymous_requests_is_a_bounded_number_of_short_rows_and_an_exact_count() {
        Ask ask = Ask.header().method("M".repeat(1_000)).path("/" + "x\n".repeat(500));
        refuse(100_000, ask);
        f.close();

        assertThat(rows()).hasSize(61);
        assertThat(calls()).isEqualTo(100_000);
        assertThat(audit.appended).isEmpty();
        assertThat(rows())
                .filteredOn(row -> row.aggregate() == null)
                .hasSize(60)
                .allSatisfy(row -> {
                    assertThat(row.method()).hasSize(256);
                    assertThat(row.endpoint()).hasSize(254).endsWith("\\u000ax").isPrintable();
                });
        assertThat(aggregates()).singleElement().satisfies(row -> {
            assertThat(row.tenantId()).isNull();
            assertThat(row.requestId()).isNull();
            assertThat(row.endpoint()).isNull();
            assertThat(row.status()).isEqualTo(401);
            assertThat(row.outcome()).isEqualTo("denied:MISSING_CREDENTIAL");
            assertThat(row.details()).isEqualTo(Map.of("client", "10.1.1.0/24"));
        });
    }

    @Test
    void a_proven_tokens_endpoint_is_not_cut() {
        f.denied(Ask.with(f.issue()).needing("read:finance").path("/" + "x".repeat(1_000)));
        assertThat(audit.appended)
                .singleElement()
                .satisfies(row -> assertThat(row.endpoint()).hasSize(1_001));
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.1.0, 10.1.1.255, 10.1.2.0",
        "2001:db8:0:7::1, 2001:db8:0:7:ffff::, 2001:db8:0:8::1",
        "::ffff:10.1.1.1, 10.1.1.2, 10.2.1.1"
    })
    void a_client_is_a_network_and_a_flood_of_one_takes_no_rows_of_another(String one, String same, String other) {
        budget(AuditBudget.DEFAULT.rowsPerClient(2));
        refuse(50, Ask.header().from(one));
        refuse(50, Ask.header().from(same));
        f.denied(Ask.header().from(other));

        assertThat(rows()).hasSize(3);
        f.close();
        assertThat(aggregates())
                .singleElement()
                .satisfies(row -> assertThat(row.count()).isEqualTo(98));
    }

    @Test
    void a_client_whose_address_is_not_known_is_one_client() {
        budget(AuditBudget.DEFAULT.rowsPerClient(1));
        refuse(3, Ask.header().from(null));
        f.close();
        assertThat(counted()).containsExactly("unknown 2");
    }

    @Test
    void reasons_are_counted_apart() {
        budget(AuditBudget.DEFAULT.rowsPerClient(0));
        refuse(3, Ask.header());
        refuse(4, Ask.header("Basic dTpw"));
        f.close();
        assertThat(aggregates())
                .extracting(row -> row.outcome() + " " + row.count())
                .containsExactlyInAnyOrder("denied:MISSING_CREDENTIAL 3", "denied:OTHER_SCHEME 4");
    }

    @Test
    void when_the_table_is_full_other_clients_are_counted_together_and_no_client_loses_its_budget() {
        budget(AuditBudget.DEFAULT.rowsPerClient(2).maxClients(64));
        f.denied(Ask.header().from("10.0.0.1"));
        for (int i = 1; i < 200; i++) {
            f.denied(Ask.header().from("10." + i + ".0.1"));
        }
        f.denied(Ask.header().from("10.0.0.1"));

        assertThat(rows())
                .as("64 clients, the first client again, and two rows of all others")
                .hasSize(64 + 1 + 2);
        f.close();
        assertThat(counted()).containsExactly("others " + (200 - 64 - 2));
        assertThat(calls()).isEqualTo(201);
    }

    @Test
    void the_networks_of_one_customer_do_not_fill_the_table() {
        budget(AuditBudget.DEFAULT.rowsPerClient(1).maxClients(96));
        for (int i = 0; i < 1_000; i++) {
            f.denied(Ask.header().from("2001:db8:0:" + Integer.toHexString(i) + "::1"));
        }
        f.denied(Ask.header().from("2001:db8:1::1"));
        f.denied(Ask.header().from("192.0.2.1"));

        assertThat(rows())
                .as("three networks, their customer, and two other clients")
                .hasSize(6);
        f.close();
        assertThat(counted()).containsExactly("2001:db8:0:0:0:0:0:0/48 996");
    }

    // ---- verified tokens

    @Test
    void a_revoked_token_that_is_used_on_and_on_is_a_bounded_number_of_rows_and_an_exact_count() {
        IssuedToken token = revoked();
        Instant start = f.clock.instant();
        refuse(60, Ask.with(token));
        f.clock.advance(Duration.ofSeconds(1));
        refuse(9_939, Ask.with(token));
        f.clock.advance(Duration.ofSeconds(28));
        f.denied(Ask.with(token));
        assertThat(audit.appended).hasSize(60);
        assertThat(audit.offered).isEmpty();
        f.close();

        assertThat(audit.offered).singleElement().satisfies(row -> {
            assertThat(row.tenantId()).isEqualTo(Fixture.TENANT);
            assertThat(row.tokenId()).isEqualTo(token.id());
            assertThat(row.outcome()).isEqualTo("denied:REVOKED");
            assertThat(row.status()).isEqualTo(401);
            assertThat(row.event()).isEqualTo(AuditEvent.CALL);
            assertThat(row.at()).isEqualTo(start.plusSeconds(1));
            assertThat(row.aggregate()).isEqualTo(new Aggregate(9_940, start.plusSeconds(29)));
        });
    }

    @Test
    void a_limited_token_has_a_row_for_each_allowed_call_and_a_bounded_number_for_the_others() {
        IssuedToken token = f.issue();
        for (int i = 0; i < 5_000; i++) {
            f.judge(Ask.with(token));
        }
        f.close();
        assertThat(rows()).filteredOn(row -> row.outcome().equals("allowed")).hasSize(200);
        assertThat(rows()).hasSize(200 + 60 + 1);
        assertThat(calls()).isEqualTo(5_000);
    }

    @Test
    void one_tokens_refusals_take_no_rows_of_another() {
        IssuedToken other = revoked();
        refuse(100, Ask.with(revoked()));
        refuse(3, Ask.with(other));
        assertThat(audit.appended)
                .filteredOn(row -> other.id().equals(row.tokenId()))
                .hasSize(3);
    }

    @Test
    void tokens_that_find_no_room_are_counted_by_tenant() {
        budget(AuditBudget.DEFAULT.rowsPerToken(0).maxTokens(16));
        List<IssuedToken> tokens = Stream.generate(this::revoked).limit(5).toList();
        for (int i = 0; i < 3; i++) {
            tokens.forEach(token -> refuse(1, Ask.with(token)));
        }
        f.close();

        assertThat(audit.appended).as("the first denied call of each token").hasSize(5);
        assertThat(aggregates())
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.tenantId()).isEqualTo(Fixture.TENANT));
        assertThat(aggregates())
                .filteredOn(row -> row.tokenId() == null)
                .singleElement()
                .satisfies(row -> assertThat(row.count()).isEqualTo(6));
        assertThat(calls()).isEqualTo(15);
    }

    @Test
    void the_first_refusal_in_an_hour_for_a_reason_and_from_an_address_has_a_row_whatever_the_budget() {
        budget(AuditBudget.DEFAULT.rowsPerToken(0));
        IssuedToken token = revoked();
        IssuedToken poor = f.issue();
        refuse(2, Ask.with(token).from("10.1.1.1"));
        refuse(2, Ask.with(token).from("10.1.1.2"));
        refuse(2, Ask.with(token).from(null));
        refuse(2, Ask.with(poor).needing("read:finance"));
        f.clock.advance(Duration.ofMinutes(36));
        refuse(2, Ask.with(token).from("10.1.1.1"));
        assertThat(audit.appended).hasSize(4);
        f.clock.advance(Duration.ofMinutes(1));
        refuse(2, Ask.with(token).from("10.1.1.1"));

        assertThat(audit.appended)
                .hasSize(5)
                .allSatisfy(row -> assertThat(row.aggregate()).isNull());
        f.close();
        assertThat(calls()).isEqualTo(12);
    }

    // ---- minutes

    @Test
    void a_minute_that_is_over_is_written_and_the_next_has_a_budget_of_its_own() {
        budget(AuditBudget.DEFAULT.rowsPerClient(1));
        f.clock.set(Instant.parse("2026-05-07T13:23:59.999Z"));
        refuse(3, Ask.header());
        assertThat(rows()).hasSize(1);
        f.clock.advance(Duration.ofMillis(1));
        refuse(3, Ask.header());

        assertThat(counted()).containsExactly("10.1.1.0/24 2");
        assertThat(rows()).hasSize(3);
        f.close();
        assertThat(counted()).containsExactly("10.1.1.0/24 2", "10.1.1.0/24 2");
        assertThat(calls()).isEqualTo(6);
    }

    @Test
    void a_clock_that_is_set_loses_no_call() {
        budget(AuditBudget.DEFAULT.rowsPerClient(1));
        for (Duration jump : List.of(Duration.ofDays(400), Duration.ofDays(-800), Duration.ofMillis(-1))) {
            refuse(10, Ask.header());
            f.clock.advance(jump);
        }
        refuse(10, Ask.header());
        assertThat(aggregates()).as("aggregates of the minutes that have ended").hasSize(2);
        f.close();
        assertThat(calls()).isEqualTo(40);
        assertThat(rows()).hasSizeLessThanOrEqualTo(8);
    }

    @Test
    void calls_of_many_threads_are_counted_exactly() throws Exception {
        budget(AuditBudget.DEFAULT.rowsPerClient(10).rowsPerToken(10));
        IssuedToken token = revoked();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<Void> caller = () -> {
                for (int i = 0; i < 1_000; i++) {
                    f.denied(i % 2 == 0 ? Ask.header() : Ask.with(token));
                    if (i % 100 == 0) {
                        f.clock.advance(Duration.ofSeconds(7));
                    }
                }
                return null;
            };
            List<Future<Void>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                callers.add(threads.submit(caller));
            }
            for (Future<Void> each : callers) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        f.close();
        assertThat(calls()).isEqualTo(8_000);
        assertThat(rows()).hasSizeLessThan(1_000);
    }

    @Test
    void a_call_that_is_refused_after_the_judge_was_closed_is_not_lost() {
        budget(AuditBudget.DEFAULT.rowsPerClient(0));
        f.denied(Ask.header());
        f.close();
        f.denied(Ask.header());
        assertThat(calls()).isEqualTo(2);
    }

    // ---- failures

    @Test
    void an_outage_is_a_bounded_number_of_rows_too() {
        IssuedToken token = f.issue();
        audit.refusesAppend = new StorageException("gone");
        refuse(200, Ask.with(token));
        f.tokens.findInstead = () -> {
            throw new StorageException("gone");
        };
        refuse(200, Ask.with(token));
        f.close();

        assertThat(audit.appended).isEmpty();
        assertThat(rows()).hasSize(2 * 61);
        assertThat(calls()).isEqualTo(400);
    }

    // ---- the listener

    private record Use(String tokenId, @Nullable IpAddress address, Instant at) {}

    private static final class Ear implements AuthListener {
        final List<Use> uses = new CopyOnWriteArrayList<>();

        @Override
        public void revokedUsed(Token token, @Nullable IpAddress address, Instant at) {
            uses.add(new Use(token.id(), address, at));
        }
    }

    @ParameterizedTest
    @CsvSource({"OFF", "BUFFERED", "DURABLE"})
    void the_listener_hears_of_the_first_use_of_a_revoked_token_from_each_address(AuditMode recording) {
        Ear ear = new Ear();
        f.close();
        f = fixture(settings -> settings.listener(ear).audit(audit, recording));
        IssuedToken token = revoked();
        Instant start = f.clock.instant();
        f.denied(Ask.with(f.issue()).needing("read:finance"));
        refuse(3, Ask.with(token).from("10.1.1.1"));
        refuse(3, Ask.with(token).from("10.1.1.2"));
        f.clock.advance(Duration.ofMinutes(37));
        refuse(3, Ask.with(token).from("10.1.1.2"));
        f.close();

        IpAddress one = IpAddress.parse("10.1.1.1").orElseThrow();
        IpAddress two = IpAddress.parse("10.1.1.2").orElseThrow();
        String id = token.id();
        assertThat(ear.uses)
                .containsExactly(
                        new Use(id, one, start),
                        new Use(id, two, start),
                        new Use(id, two, start.plus(Duration.ofMinutes(37))));
    }

    // ---- settings

    @Test
    void a_budget_names_the_setting_that_is_wrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AuditBudget.DEFAULT.rowsPerClient(-1))
                .withMessage("rowsPerClient must be at least 0, was -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AuditBudget.DEFAULT.maxTokens(0))
                .withMessage("maxTokens must be at least 1, was 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AuditBudget.DEFAULT.retentionWithoutTenant(Duration.ZERO))
                .withMessage("retentionWithoutTenant must be positive, was PT0S");
    }

    @Test
    void the_defaults_are_those_of_the_guide() {
        AuditBudget budget = AuditBudget.DEFAULT;
        assertThat(budget.rowsPerClient()).isEqualTo(60);
        assertThat(budget.maxClients()).isEqualTo(10_000);
        assertThat(budget.rowsPerToken()).isEqualTo(60);
        assertThat(budget.maxTokens()).isEqualTo(10_000);
        assertThat(budget.endpointLength()).isEqualTo(256);
        assertThat(budget.retentionWithoutTenant()).isEqualTo(Duration.ofDays(30));
    }
}
