package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static school.lectern.auth.Fixture.TENANT;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;

/** Each decision uses one moment, which is read once from the shared clocks. */
class OneMomentTest {

    private static final Instant NOW = Instant.parse("2026-05-07T13:23:30Z");

    /** A wall clock that counts the readings of this test's thread, and advances by a step at each. */
    private static final class Counting extends Clock {
        private final Thread thread = Thread.currentThread();
        private final AtomicInteger readings = new AtomicInteger();
        private final Duration step;

        Counting(Duration step) {
            this.step = step;
        }

        @Override
        public Instant instant() {
            int before = Thread.currentThread() == thread ? readings.getAndIncrement() : readings.get();
            return NOW.plus(step.multipliedBy(before));
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            throw new UnsupportedOperationException();
        }

        int since(int before) {
            return readings.get() - before;
        }
    }

    private static Decision decide(LecternAuth auth, Secret secret) {
        return auth.authenticate(Ask.with(secret).request(), Ask.with(secret).requirement());
    }

    @Test
    void an_allowed_decision_from_memory_reads_each_clock_once() {
        Counting wall = new Counting(Duration.ZERO);
        AtomicInteger monotonic = new AtomicInteger();
        Thread own = Thread.currentThread();
        Clocks clocks = Clocks.of(wall, () -> {
            if (Thread.currentThread() == own) {
                monotonic.incrementAndGet();
            }
            return 7;
        });
        InMemoryAuditLog audit = new InMemoryAuditLog();
        InMemoryTokenStore store = new InMemoryTokenStore(audit);
        store.changes().orElseThrow().setLease(Duration.ofMinutes(1));
        try (CachingTokenStore cache =
                        CachingTokenStore.builder(store).clocks(clocks).open();
                LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(cache)
                        .clocks(clocks)
                        .audit(audit, AuditMode.BUFFERED)
                        .open()) {
            IssuedToken token = auth.tenant(TENANT)
                    .tokens()
                    .issue(Fixture.settings().expiresAt(NOW.plusSeconds(3_600)))
                    .orElseThrow();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> decide(auth, token.secret()) instanceof Allowed && cache.size() == 1);
            decide(auth, token.secret());
            int wallBefore = wall.readings.get();
            int monotonicBefore = monotonic.get();
            Decision decision = decide(auth, token.secret());
            assertThat(decision).isInstanceOf(Allowed.class);
            assertThat(((Allowed) decision).limits()).as("a limit was counted").isNotEmpty();
            assertThat(wall.since(wallBefore)).as("readings of the wall clock").isEqualTo(1);
            assertThat(monotonic.get() - monotonicBefore)
                    .as("readings of the monotonic clock")
                    .isEqualTo(1);
        }
    }

    @Test
    void a_malformed_token_costs_no_reading_of_the_clock_unless_it_is_recorded() {
        Counting wall = new Counting(Duration.ZERO);
        InMemoryTokenStore store = new InMemoryTokenStore(new InMemoryAuditLog());
        InMemoryAuditLog audit = new InMemoryAuditLog();
        try (LecternAuth unrecorded = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(store)
                        .clocks(Clocks.of(wall))
                        .open();
                LecternAuth recorded = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(store)
                        .clocks(Clocks.of(wall))
                        .audit(audit, AuditMode.BUFFERED)
                        .open()) {
            int before = wall.readings.get();
            assertThat(decide(unrecorded, Secret.of("sk_live_lectern_-"))).isInstanceOf(Decision.Denied.class);
            assertThat(wall.since(before)).isZero();
            assertThat(decide(recorded, Secret.of("sk_live_lectern_-"))).isInstanceOf(Decision.Denied.class);
            assertThat(wall.since(before)).isEqualTo(1);
        }
    }

    /** The wall clock advances by an hour at each reading, so the decision shows which reading it used. */
    @Test
    void the_reading_after_a_slow_hash_decides_and_there_is_none_after_a_fast_one() {
        Counting wall = new Counting(Duration.ofHours(1));
        TokenHasher hasher = TokenHasher.builder().accept(HashAlgorithm.BCRYPT).build();
        try (LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(new InMemoryTokenStore(new InMemoryAuditLog()))
                .clocks(Clocks.of(wall))
                .hasher(hasher)
                .open()) {
            Secret slow = Secret.of("sk_live_lectern_" + "Abcd".repeat(8));
            // The token expires between the two readings of its decision: the one after the look-up and the one after
            // the hash.
            auth.acrossTenants()
                    .importToken(imported(slow).expiresAt(NOW.plus(Duration.ofMinutes(90))))
                    .orElseThrow();
            assertThat(wall.readings)
                    .as("readings of the wall clock by the import")
                    .hasValue(1);
            assertThat(decide(auth, slow))
                    .isInstanceOfSatisfying(
                            Denied.class,
                            denied -> assertThat(denied.error().kind()).isEqualTo(Kind.EXPIRED));
            assertThat(wall.readings).hasValue(3);

            IssuedToken fast = auth.tenant(TENANT)
                    .tokens()
                    .issue(Fixture.settings().name("fast").expiresAt(NOW.plus(Duration.ofDays(1))))
                    .orElseThrow();
            decide(auth, fast.secret()); // starts the counter of its limit
            int before = wall.readings.get();
            assertThat(decide(auth, fast.secret())).isInstanceOf(Allowed.class);
            assertThat(wall.since(before)).isEqualTo(1);
        }
    }

    private static ImportedToken imported(Secret secret) {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        TokenHash hash = TokenHash.bcrypt(OpenBSDBCrypt.generate(secret.expose().toCharArray(), salt, 4));
        return ImportedToken.of(
                        TENANT, TokenEnvironment.LIVE, hash, secret.expose().substring(0, 20), NOW.minusSeconds(60))
                .name("slow")
                .scopes("read:learners");
    }

    @Test
    void the_audit_row_has_the_moment_of_the_decision() {
        Counting wall = new Counting(Duration.ofHours(1));
        InMemoryAuditLog audit = new InMemoryAuditLog();
        try (LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(new InMemoryTokenStore(audit))
                .audit(audit, AuditMode.BUFFERED)
                .clocks(Clocks.of(wall))
                .open()) {
            IssuedToken token =
                    auth.tenant(TENANT).tokens().issue(Fixture.settings()).orElseThrow();
            int before = wall.readings.get();
            assertThat(decide(auth, token.secret())).isInstanceOf(Allowed.class);
            assertThat(audit.read(TENANT, null, null, CursorPage.START, 10).items())
                    .filteredOn(event -> event.outcome().equals("allowed"))
                    .singleElement()
                    .satisfies(event -> assertThat(event.at()).isEqualTo(NOW.plus(Duration.ofHours(before))));
        }
    }

    @Test
    void a_second_pair_of_clocks_is_refused_wherever_it_comes_from() {
        Clocks others = Clocks.of(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
        InMemoryTokenStore store = new InMemoryTokenStore(new InMemoryAuditLog());
        try (CachingTokenStore cache =
                        CachingTokenStore.builder(store).clocks(others).open();
                OpenStorage storage = InMemoryStorage.create().open(StorageContext.of(others))) {
            for (LecternAuthBuilder two : List.of(
                    LecternAuth.builder(Lectern.DIALECT).tokens(cache),
                    LecternAuth.builder(Lectern.DIALECT).storage(storage),
                    LecternAuth.builder(Lectern.DIALECT).tokens(store).limits(new InMemoryLimitStore(others)))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(two::open)
                        .withMessageStartingWith("clocks: ")
                        .withMessageContaining("by clocks(...)");
                two.clocks(others).open().close();
            }
        }
    }
}
