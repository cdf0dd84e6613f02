package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TokenStore.Noted;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenState;

/** The expiry of tokens that are not used. */
class IdleTimeoutTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration MILLI = Duration.ofMillis(1);

    /** The timeout and the time that makes up for the error of the stored last use. */
    private static final Duration UNUSED = HOUR.plusMinutes(3);

    private final Fixture f = new Fixture();
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    @AfterEach
    void close() {
        f.close();
    }

    private LecternAuth reopened(UnaryOperator<LecternAuthBuilder> settings) {
        return settings.apply(LecternAuth.builder(Lectern.DIALECT)
                        .tokens(f.tokens)
                        .clock(f.clock)
                        .limits(f.limits))
                .open();
    }

    private LecternAuth reopened() {
        return reopened(settings -> settings.idleTimeout(HOUR));
    }

    private static TokenOperations tokens(LecternAuth auth) {
        return auth.tenant(TENANT).tokens();
    }

    private static @Nullable Kind decides(LecternAuth auth, IssuedToken token) {
        return kind(auth.authenticate(Ask.with(token).request(), Requirement.anyToken()));
    }

    private static @Nullable Kind kind(Decision decision) {
        return decision instanceof Allowed ? null : ((Denied) decision).error().kind();
    }

    /** Records a use as another process does. */
    private void useElsewhere(IssuedToken token) {
        f.tokens.real.recordLastUsed(Map.of(token.id(), f.clock.instant()), Duration.ZERO);
    }

    @Test
    void a_token_that_was_never_used_is_idle_from_its_creation_on() {
        IssuedToken token = f.issue();
        try (LecternAuth auth = reopened()) {
            f.clock.advance(UNUSED);
            assertThat(decides(auth, token)).isEqualTo(Kind.IDLE);
            f.clock.advance(MILLI.negated());
            assertThat(decides(auth, token)).isNull();
        }
    }

    @Test
    void each_use_moves_the_end() {
        IssuedToken token = f.issue();
        for (int i = 0; i < 5; i++) {
            f.clock.advance(HOUR);
            // Closing writes the use.
            try (LecternAuth auth = reopened()) {
                assertThat(decides(auth, token)).isNull();
            }
            assertThat(f.stored(token).lastUsedAt()).isEqualTo(f.clock.instant());
        }
        f.clock.advance(UNUSED);
        try (LecternAuth auth = reopened()) {
            assertThat(decides(auth, token)).isEqualTo(Kind.IDLE);
        }
    }

    @Test
    void a_denied_request_is_no_use() {
        IssuedToken token = f.issue();
        f.clock.advance(HOUR);
        try (LecternAuth auth = reopened()) {
            AuthRequest request = Ask.with(token).request();
            assertThat(kind(auth.authenticate(request, Requirement.scope("write:finance"))))
                    .isEqualTo(Kind.INSUFFICIENT_SCOPE);
        }
        assertThat(f.stored(token).lastUsedAt()).isNull();
    }

    @Test
    void enabling_lets_an_idle_token_be_accepted_again() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED);
        try (LecternAuth auth = reopened()) {
            tokens(auth).disable(token.id()).orElseThrow();
            assertThat(decides(auth, token)).isEqualTo(Kind.DISABLED);
            tokens(auth).enable(token.id()).orElseThrow();
            f.clock.advance(UNUSED.minus(MILLI));
            assertThat(decides(auth, token)).isNull();
            f.clock.advance(MILLI);
            assertThat(decides(auth, token)).isEqualTo(Kind.IDLE);
        }
    }

    @Test
    void a_use_that_another_process_records_later_revives_the_token() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED);
        try (LecternAuth auth = reopened()) {
            assertThat(decides(auth, token)).isEqualTo(Kind.IDLE);
            useElsewhere(token);
            assertThat(decides(auth, token)).isNull();
        }
    }

    @Test
    void a_longer_timeout_or_none_gives_the_tokens_back() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED);
        try (LecternAuth auth = reopened()) {
            assertThat(decides(auth, token)).isEqualTo(Kind.IDLE);
        }
        try (LecternAuth auth = reopened(settings -> settings.idleTimeout(HOUR.plus(MILLI)))) {
            assertThat(decides(auth, token)).isNull();
        }
        f.clock.advance(Duration.ofDays(100_000));
        try (LecternAuth auth = reopened(settings -> settings.idleTimeout(Duration.ofSeconds(Long.MAX_VALUE)))) {
            assertThat(decides(auth, token)).isNull();
        }
    }

    @Test
    void an_idle_token_is_listed_as_idle_and_cannot_be_rotated() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED);
        IssuedToken used = f.issue(Fixture.settings().name("used"));
        try (LecternAuth auth = reopened()) {
            assertThat(auth.state(token.token(), f.clock.instant())).isEqualTo(TokenState.IDLE);
            assertThat(listed(auth, TokenState.IDLE)).containsExactly(token.id());
            assertThat(listed(auth, TokenState.ACTIVE)).containsExactly(used.id());
            assertThat(refused(tokens(auth).rotate(token.id(), GracePeriod.untilRevoked())))
                    .hasToString(
                            "INVALID_REQUEST [FieldError[field=token_uuid, message=names a token that was not used for"
                                    + " too long; disable and enable it first]]");
        }
        assertThat(f.auth.state(token.token(), f.clock.instant())).isEqualTo(TokenState.ACTIVE);
    }

    private static Iterable<String> listed(LecternAuth auth, TokenState state) {
        return tokens(auth).list(TokenSearch.all().state(state), CursorPage.START, 10).items().stream()
                .map(Token::id)
                .toList();
    }

    @Test
    void an_imported_token_counts_from_its_last_use_in_the_other_system() {
        Instant now = f.clock.instant();
        Instant longAgo = now.minus(Duration.ofDays(1));
        TokenHash hash = TokenHash.of("sha256", "ab".repeat(32));
        TokenHash other = TokenHash.of("sha256", "cd".repeat(32));
        ImportedToken used = ImportedToken.of(TENANT, TokenEnvironment.LIVE, hash, "sk_live_lectern_abcd", longAgo)
                .name("used")
                .scopes("read:learners")
                .lastUsedAt(now);
        ImportedToken unused = ImportedToken.of(TENANT, TokenEnvironment.LIVE, other, "sk_live_lectern_abcd", longAgo)
                .name("unused")
                .scopes("read:learners");
        try (LecternAuth auth = reopened()) {
            Token first = auth.acrossTenants().importToken(used).orElseThrow();
            Token second = auth.acrossTenants().importToken(unused).orElseThrow();
            assertThat(auth.state(first, now)).isEqualTo(TokenState.ACTIVE);
            assertThat(auth.state(first, now.plus(UNUSED))).isEqualTo(TokenState.IDLE);
            assertThat(auth.state(second, now)).isEqualTo(TokenState.IDLE);
            assertThat(refused(auth.acrossTenants().importToken(used.lastUsedAt(now.plus(MILLI)))))
                    .hasToString("INVALID_REQUEST [FieldError[field=last_used_at, message=must not be in the future]]");
        }
    }

    @Test
    void a_timeout_below_an_hour_is_refused() {
        for (Duration wrong : new Duration[] {HOUR.minus(MILLI), HOUR.negated(), HOUR.plusNanos(1)}) {
            assertThatThrownBy(() -> LecternAuth.builder(Lectern.DIALECT).idleTimeout(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("idleTimeout must be at least 1 hour, in whole milliseconds, was " + wrong);
        }
    }

    // ---- with a cache, which has a row from before the last use

    /** Advances both clocks. A lease lasts for a minute, and a row counts as just read for 10 ms. */
    private void advance(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        f.clock.advance(duration);
    }

    /** Opens a cache and the library over it. Its own uses are not recorded. The clocks change only when the test sets them. */
    private final class Cached implements AutoCloseable {
        private final Clocks clocks = Clocks.of(f.clock, nanos::get);
        private final CachingTokenStore cache;
        private final LecternAuth auth;

        Cached(UnaryOperator<LecternAuthBuilder> settings) {
            f.tokens.noteInstead = () -> new Noted(Set.of(), Set.of());
            f.tokens.feed = f.tokens.real.changes().orElseThrow();
            f.tokens.feed.setLease(Duration.ofMinutes(1));
            cache = CachingTokenStore.builder(f.tokens)
                    .clocks(clocks)
                    .pollEvery(Duration.ofMillis(1))
                    .open();
            auth = settings.apply(LecternAuth.builder(Lectern.DIALECT)
                            .tokens(cache)
                            .clocks(clocks)
                            .limits(f.limits)
                            .idleTimeout(HOUR))
                    .open();
        }

        /** Decides until the decision comes from memory. */
        void warm(IssuedToken token) {
            Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> {
                int before = f.tokens.finds.get();
                return decides(auth, token) == null && f.tokens.finds.get() == before;
            });
        }

        @Override
        public void close() {
            auth.close();
            cache.close();
        }
    }

    @Test
    void a_row_from_memory_never_denies_as_idle() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED.minusSeconds(5));
        try (Cached node = new Cached(settings -> settings)) {
            node.warm(token);
            Instant use = f.clock.instant();
            f.tokens.real.recordLastUsed(Map.of(token.id(), use), Duration.ZERO);
            advance(Duration.ofSeconds(5));
            int before = f.tokens.finds.get();
            assertThat(decides(node.auth, token)).isNull();
            assertThat(f.tokens.finds.get() - before).as("reads of the store").isEqualTo(1);
            assertThat(decides(node.auth, token)).isNull();
            assertThat(f.tokens.finds.get() - before).as("reads of the store").isEqualTo(1);
        }
    }

    @Test
    void denials_of_an_idle_token_read_the_store_within_a_bound() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED.minusSeconds(5));
        try (Cached node = new Cached(settings -> settings)) {
            node.warm(token);
            advance(Duration.ofSeconds(5));
            int before = f.tokens.finds.get();
            for (int i = 0; i < 100; i++) {
                assertThat(decides(node.auth, token)).isEqualTo(Kind.IDLE);
            }
            assertThat(f.tokens.finds.get() - before).as("reads of the store").isEqualTo(1);
            advance(Duration.ofMillis(10));
            assertThat(decides(node.auth, token)).isEqualTo(Kind.IDLE);
            assertThat(f.tokens.finds.get() - before).as("reads of the store").isEqualTo(2);
        }
    }

    /** The check of the tenant takes so long that the token becomes idle in the meantime. */
    @Test
    void a_row_from_memory_that_becomes_idle_during_the_decision_does_not_deny_either() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED.minusSeconds(85));
        Instant end = f.clock.instant().plusSeconds(85);
        AtomicLong slow = new AtomicLong();
        try (Cached node = new Cached(settings -> settings.requireKnownTenants().tenants(id -> {
            advance(Duration.ofSeconds(slow.get()));
            return Optional.of(new Tenant(id, null));
        }))) {
            node.warm(token);
            // The tenant is remembered for a minute. The row is read again in the meantime.
            advance(Duration.ofSeconds(40));
            tokens(node.auth).update(token.id(), new TokenUpdate().name("new")).orElseThrow();
            node.warm(token);
            useElsewhere(token);
            advance(Duration.ofSeconds(40));
            slow.set(6);
            int before = f.tokens.finds.get();
            assertThat(decides(node.auth, token)).isNull();
            assertThat(f.clock.instant()).isAfterOrEqualTo(end);
            assertThat(f.tokens.finds.get() - before).as("reads of the store").isEqualTo(1);
        }
    }

    @Test
    void the_second_row_decides_about_everything() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED.minusSeconds(5));
        try (Cached node = new Cached(settings -> settings)) {
            node.warm(token);
            // A manual edit, which takes no number and so is not reported to the cache.
            f.tokens.findInstead = () -> List.of(f.stored(token).toBuilder()
                    .revokedAt(f.clock.instant())
                    .lastUsedAt(f.clock.instant())
                    .build());
            advance(Duration.ofSeconds(5));
            assertThat(decides(node.auth, token)).isEqualTo(Kind.REVOKED);
        }
    }

    @Test
    void a_token_that_the_store_no_longer_has_is_unknown() {
        IssuedToken token = f.issue();
        f.clock.advance(UNUSED.minusSeconds(5));
        try (Cached node = new Cached(settings -> settings)) {
            node.warm(token);
            f.tokens.findInstead = List::of;
            advance(Duration.ofSeconds(5));
            Denied denied = (Denied) node.auth.authenticate(Ask.with(token).request(), Requirement.anyToken());
            assertThat(denied.error().kind()).isEqualTo(Kind.UNKNOWN_TOKEN);
            assertThat(denied.token()).isEmpty();
        }
    }
}
