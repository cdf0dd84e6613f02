package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.TENANT;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/** A store whose clock differs from the clock of the process. */
class StoreClockTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Fixture f = new Fixture();
    private final Instant now = f.clock.instant();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final MutableClock storeClock = new MutableClock(now.toString());
    private final InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
    private final Clocks clocks = Clocks.of(f.clock, nanos::get);
    private final CachingTokenStore cache;
    private final LecternAuth auth;

    StoreClockTest() {
        f.tokens.real.changes().orElseThrow().setLease(MINUTE);
        f.tokens.feed = withTime(f.tokens.real.changes().orElseThrow());
        cache = CachingTokenStore.builder(f.tokens)
                .clocks(clocks)
                .pollEvery(Duration.ofMillis(1))
                .metrics(counters)
                .open();
        auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(cache)
                .clocks(clocks)
                .limits(f.limits)
                .idleTimeout(Duration.ofHours(1))
                .detectReuse()
                .open();
    }

    private ChangeFeed withTime(ChangeFeed feed) {
        return new ChangeFeed() {
            @Override
            public Changes since(Position known) {
                Changes changes = feed.since(known);
                return new Changes(
                        changes.newest(), changes.lease(), changes.changes(), Optional.of(storeClock.instant()));
            }

            @Override
            public Confirmation confirmation() {
                return feed.confirmation();
            }

            @Override
            public boolean hasOwnChanges() {
                return feed.hasOwnChanges();
            }

            @Override
            public void setLease(Duration length) {
                feed.setLease(length);
            }
        };
    }

    @AfterEach
    void close() {
        auth.close();
        cache.close();
        f.close();
    }

    /** Sets the store's clock, and waits until a poll has read it. */
    private void storeIsAheadBy(Duration skew) {
        storeClock.set(now.plus(skew));
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .until(() -> counters.snapshot().get("clockSkewMillis") == skew.toMillis());
    }

    private @Nullable Kind decides(IssuedToken token) {
        Decision decision = auth.authenticate(Ask.with(token).request(), Requirement.anyToken());
        return decision instanceof Allowed ? null : ((Denied) decision).error().kind();
    }

    private IssuedToken issue(NewToken settings) {
        return auth.tenant(TENANT).tokens().issue(settings).orElseThrow();
    }

    @Test
    void a_process_whose_clock_is_behind_ends_tokens_by_the_clock_of_the_store() {
        IssuedToken token = issue(Fixture.settings().expiresAt(now.plus(MINUTE)));
        IssuedToken unused = issue(Fixture.settings().name("unused"));
        storeIsAheadBy(MINUTE.minusMillis(1));
        assertThat(decides(token)).isNull();
        storeIsAheadBy(MINUTE);
        assertThat(decides(token)).isEqualTo(Kind.EXPIRED);
        storeIsAheadBy(Duration.ofMinutes(63));
        assertThat(decides(unused)).isEqualTo(Kind.IDLE);
    }

    @Test
    void a_process_whose_clock_is_ahead_ends_tokens_by_its_own_clock() {
        IssuedToken token = issue(Fixture.settings().expiresAt(now.plus(MINUTE)));
        storeIsAheadBy(Duration.ofHours(-1));
        f.clock.advance(MINUTE.minusMillis(1));
        assertThat(decides(token)).isNull();
        f.clock.advance(Duration.ofMillis(1));
        assertThat(decides(token)).isEqualTo(Kind.EXPIRED);
    }

    @Test
    void a_token_starts_by_the_clock_that_is_behind() {
        IssuedToken token = issue(Fixture.settings().notBefore(now.plus(MINUTE)));
        storeIsAheadBy(Duration.ofHours(1));
        assertThat(decides(token)).isEqualTo(Kind.NOT_YET_VALID);
        storeIsAheadBy(Duration.ZERO);
        f.clock.advance(MINUTE);
        assertThat(decides(token)).isEqualTo(Kind.NOT_YET_VALID);
        storeClock.set(now.plus(MINUTE));
        Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> decides(token) == null);
    }

    /** The owner of the token still uses it within its grace period, and one of the clocks is ahead. */
    @Test
    void a_use_is_a_reuse_by_the_clock_that_is_behind() {
        IssuedToken token = issue(Fixture.settings());
        IssuedToken successor = auth.rotateSelf(
                        Ask.with(token).request(), Requirement.anyToken(), GracePeriod.of(MINUTE))
                .orElseThrow();
        storeIsAheadBy(Duration.ofHours(1));
        assertThat(decides(token)).isEqualTo(Kind.EXPIRED);
        assertThat(decides(successor)).isNull();
        storeIsAheadBy(Duration.ZERO);
        f.clock.advance(Duration.ofHours(1));
        assertThat(decides(token)).isEqualTo(Kind.EXPIRED);
        assertThat(decides(successor)).isNull();
    }

    /** A wrong clock of the store makes no lease longer or shorter. */
    @Test
    void leases_do_not_depend_on_the_clock_of_the_store() {
        IssuedToken token = issue(Fixture.settings());
        for (Duration skew : new Duration[] {Duration.ofMinutes(59), Duration.ofDays(-100_000)}) {
            storeIsAheadBy(skew);
            Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> {
                int before = f.tokens.finds.get();
                return decides(token) == null && f.tokens.finds.get() == before;
            });
        }
    }
}
