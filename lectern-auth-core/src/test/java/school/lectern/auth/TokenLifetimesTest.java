package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** The default and the maximum lifetime of tokens. */
class TokenLifetimesTest {

    private static final Duration DAY = Duration.ofDays(1);

    private final Fixture f = new Fixture();
    private final Instant created = f.clock.instant();

    @AfterEach
    void close() {
        f.close();
    }

    /** Opens the library with these settings over the same tokens and the same clock. */
    private LecternAuth reopened(UnaryOperator<LecternAuthBuilder> settings) {
        return settings.apply(LecternAuth.builder(Lectern.DIALECT)
                        .tokens(f.tokens)
                        .clock(f.clock)
                        .limits(f.limits))
                .open();
    }

    private static TokenOperations tokens(LecternAuth auth) {
        return auth.tenant(TENANT).tokens();
    }

    @Test
    void a_default_lifetime_is_written_into_the_row() {
        try (LecternAuth auth = reopened(settings -> settings.defaultLifetime(DAY))) {
            Token standard = tokens(auth).issue(settings()).orElseThrow().token();
            assertThat(standard.expiresAt()).contains(created.plus(DAY));
            Token endless =
                    tokens(auth).issue(settings().neverExpires()).orElseThrow().token();
            assertThat(endless.expiresAt()).isEmpty();
            Instant later = created.plus(DAY).plus(DAY);
            Token own = tokens(auth)
                    .issue(settings().expiresAt(later))
                    .orElseThrow()
                    .token();
            assertThat(own.expiresAt()).contains(later);
        }
        assertThat(tokens(f.auth).list(CursorPage.START, 10).items().get(2).expiresAt())
                .as("without the setting")
                .contains(created.plus(DAY));
    }

    @Test
    void a_token_is_expired_at_its_creation_plus_the_maximum() {
        IssuedToken token = f.issue();
        try (LecternAuth auth = reopened(settings -> settings.maxLifetime(DAY))) {
            f.clock.advance(DAY.minusMillis(1));
            assertThat(decides(auth, token)).isNull();
            f.clock.advance(Duration.ofMillis(1));
            assertThat(decides(auth, token)).isEqualTo(Kind.EXPIRED);
            assertThat(auth.effectiveExpiry(token.token())).contains(created.plus(DAY));
            assertThat(refused(tokens(auth).rotate(token.id(), GracePeriod.untilRevoked()))
                            .kind())
                    .isEqualTo(Kind.INVALID_REQUEST);
        }
    }

    @Test
    void the_earlier_of_the_own_end_and_the_maximum_counts() {
        IssuedToken earlier = f.issue(settings().expiresAt(created.plus(DAY.minusMillis(1))));
        IssuedToken later = f.issue(settings().expiresAt(created.plus(DAY.plusMillis(1))));
        try (LecternAuth auth = reopened(settings -> settings.maxLifetime(DAY))) {
            assertThat(auth.effectiveExpiry(earlier.token()))
                    .isEqualTo(earlier.token().expiresAt());
            assertThat(auth.effectiveExpiry(later.token())).contains(created.plus(DAY));
            f.clock.advance(DAY.minusMillis(1));
            assertThat(decides(auth, earlier)).isEqualTo(Kind.EXPIRED);
            assertThat(decides(auth, later)).isNull();
            f.clock.advance(Duration.ofMillis(1));
            assertThat(decides(auth, later)).isEqualTo(Kind.EXPIRED);
        }
        assertThat(f.auth.effectiveExpiry(later.token()))
                .isEqualTo(later.token().expiresAt());
    }

    @Test
    void a_shorter_maximum_applies_to_existing_tokens_and_a_longer_one_gives_them_back() {
        IssuedToken token = f.issue();
        f.clock.advance(DAY);
        f.allowed(Ask.with(token));
        try (LecternAuth strict = reopened(settings -> settings.maxLifetime(DAY))) {
            assertThat(decides(strict, token)).isEqualTo(Kind.EXPIRED);
        }
        try (LecternAuth loose = reopened(settings -> settings.maxLifetime(DAY.plusMillis(1)))) {
            assertThat(decides(loose, token)).isNull();
        }
    }

    @Test
    void an_expiry_beyond_the_maximum_is_refused() {
        try (LecternAuth auth = reopened(settings -> settings.maxLifetime(DAY))) {
            Instant last = created.plus(DAY);
            assertThat(refused(tokens(auth).issue(settings().expiresAt(last.plusMillis(1)))))
                    .hasToString("INVALID_REQUEST [FieldError[field=expires_at,"
                            + " message=must be at most PT24H after the creation]]");
            IssuedToken token = tokens(auth).issue(settings().expiresAt(last)).orElseThrow();
            f.clock.advance(Duration.ofHours(1));
            assertThat(refused(tokens(auth).update(token.id(), new TokenUpdate().expiresAt(last.plusMillis(1))))
                            .kind())
                    .isEqualTo(Kind.INVALID_REQUEST);
        }
    }

    @Test
    void a_very_long_maximum_is_none() {
        IssuedToken token = f.issue();
        try (LecternAuth auth = reopened(settings -> settings.maxLifetime(Duration.ofSeconds(Long.MAX_VALUE)))) {
            f.clock.advance(Duration.ofDays(100_000));
            assertThat(decides(auth, token)).isNull();
        }
    }

    @Test
    void wrong_settings_are_refused() {
        for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofMillis(-1), Duration.ofNanos(1_500_000)}) {
            assertThatThrownBy(() -> LecternAuth.builder(Lectern.DIALECT).maxLifetime(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("maxLifetime must be at least 1 ms, in whole milliseconds, was " + wrong);
            assertThatThrownBy(() -> LecternAuth.builder(Lectern.DIALECT).defaultLifetime(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("defaultLifetime must be");
        }
        assertThatThrownBy(() -> reopened(
                        settings -> settings.defaultLifetime(DAY.plusMillis(1)).maxLifetime(DAY)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("defaultLifetime must be at most maxLifetime");
    }

    private static @Nullable Kind decides(LecternAuth auth, IssuedToken token) {
        var decision = auth.authenticate(Ask.with(token).request(), Requirement.anyToken());
        return decision instanceof Allowed ? null : ((Denied) decision).error().kind();
    }
}
