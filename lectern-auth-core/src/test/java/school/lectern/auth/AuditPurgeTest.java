package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.background.AuditPurge;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Tenant;

class AuditPurgeTest {

    private final MutableClock clock = new MutableClock("2026-05-07T13:23:30Z");
    private final IdGenerator ids = new IdGenerator(new SecureRandom());
    private final List<Integer> portions = new ArrayList<>();

    /** Records how many events each purge call deletes. */
    private final class Log implements AuditLog {
        private final InMemoryAuditLog real = new InMemoryAuditLog();

        @Override
        public void append(AuditEvent event) {
            real.append(event);
        }

        @Override
        public void offer(AuditEvent event) {
            real.offer(event);
        }

        @Override
        public void complete(AuditEvent completed) {
            real.complete(completed);
        }

        @Override
        public long dropped() {
            return real.dropped();
        }

        @Override
        public CursorPage<AuditEvent> read(
                String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
            return real.read(tenantId, from, to, after, limit);
        }

        @Override
        public String settled() {
            return real.settled();
        }

        @Override
        public CursorPage<AuditEvent> readWritten(@Nullable String tenantId, String after, String upTo, int limit) {
            return real.readWritten(tenantId, after, upTo, limit);
        }

        @Override
        public Optional<String> tenantAfter(String tenantId) {
            return real.tenantAfter(tenantId);
        }

        @Override
        public int purge(@Nullable String tenantId, Instant before, int limit) {
            int deleted = real.purge(tenantId, before, limit);
            portions.add(deleted);
            return deleted;
        }
    }

    private final Log log = new Log();

    private void row(@Nullable String tenantId, Duration age) {
        Instant at = clock.instant().minus(age);
        log.append(AuditEvent.builder(ids.next(at), at, AuditEvent.CALL, "allowed")
                .requestId("r")
                .tenantId(tenantId)
                .method("GET")
                .endpoint("/")
                .status(200)
                .build());
    }

    private int rows(String tenantId) {
        return log.read(tenantId, null, null, CursorPage.START, 10_000).items().size();
    }

    private long purge(Map<String, String> planByTenant) {
        return purge(planByTenant, LearnCoin.DIALECT.retention().orElseThrow(), Duration.ofDays(30));
    }

    private long purge(Map<String, String> planByTenant, Retention retention, Duration withoutTenant) {
        return new AuditPurge(
                        log,
                        retention,
                        withoutTenant,
                        id -> Optional.ofNullable(planByTenant.get(id))
                                .map(plan -> new Tenant(id, null, Map.of("plan", plan))),
                        clock)
                .run();
    }

    @ParameterizedTest
    @CsvSource({"developer,90", "starter,90", "institution,365", "industry,365", "unheard-of,365"})
    void rows_are_kept_for_as_long_as_the_plan_says(String plan, int days) {
        row("a", Duration.ofDays(days));
        row("a", Duration.ofDays(days).plusMillis(1));
        assertThat(purge(Map.of("a", plan))).isEqualTo(1);
        assertThat(rows("a")).isEqualTo(1);
    }

    @Test
    void each_tenants_rows_are_kept_by_its_own_plan_and_an_unknown_tenants_the_longest() {
        for (String tenant : List.of("a", "b", "c")) {
            row(tenant, Duration.ofDays(91));
            row(tenant, Duration.ofDays(366));
        }
        assertThat(purge(Map.of("a", "developer", "b", "industry"))).isEqualTo(4);
        assertThat(rows("a")).isZero();
        assertThat(rows("b")).isEqualTo(1);
        assertThat(rows("c")).isEqualTo(1);
    }

    @Test
    void rows_without_a_tenant_are_kept_by_a_time_of_their_own_which_is_never_longer_than_a_tenants() {
        row(null, Duration.ofDays(31));
        row(null, Duration.ofDays(29));
        assertThat(purge(Map.of())).isEqualTo(1);
        assertThat(purge(Map.of())).isZero();
        assertThat(purge(Map.of(), Retention.of(Duration.ofDays(28)), Duration.ofDays(30)))
                .isEqualTo(1);
    }

    @Test
    void rows_without_a_tenant_are_deleted_in_bounded_portions_too() {
        row("a", Duration.ofDays(4_000));
        for (int i = 0; i < 1_200; i++) {
            row(null, Duration.ofDays(31));
        }
        row(null, Duration.ofDays(30));
        assertThat(purge(Map.of(), Retention.of(Duration.ofDays(5_000)), Duration.ofDays(30)))
                .isEqualTo(1_200);
        assertThat(rows("a")).isEqualTo(1);
        assertThat(portions).startsWith(500, 500, 200);
    }

    @Test
    void rows_are_deleted_in_bounded_portions_until_none_is_left() {
        for (int i = 0; i < 1_200; i++) {
            row("a", Duration.ofDays(400));
        }
        row("a", Duration.ZERO);
        assertThat(purge(Map.of("a", "developer"))).isEqualTo(1_200);
        assertThat(rows("a")).isEqualTo(1);
        assertThat(portions).allMatch(portion -> portion <= 500);
    }

    @Test
    void a_retention_names_at_least_one_positive_time() {
        assertThatThrownBy(() -> Retention.by("plan", Map.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Retention.of(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Retention.by("plan", Map.of("a", Duration.ofDays(1), "b", Duration.ofDays(-1))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Retention.of(Duration.ofDays(7)).of(Map.of("plan", "any"))).isEqualTo(Duration.ofDays(7));
    }
}
