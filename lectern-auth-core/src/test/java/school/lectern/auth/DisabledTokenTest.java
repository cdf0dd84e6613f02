package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/**
 * Tokens that are disabled and enabled again, and tokens with a start: when they are denied, and which actors may change that.
 */
class DisabledTokenTest {

    private final List<String> heard = new ArrayList<>();
    private final Fixture f = new Fixture(
            Lectern.DIALECT,
            settings -> settings.listener(new AuthListener() {
                @Override
                public void disabled(Token token) {
                    heard.add("disabled " + token.disabledAt().isPresent());
                }

                @Override
                public void enabled(Token token) {
                    heard.add("enabled " + token.disabledAt().isEmpty());
                }
            }));
    private final TokenOperations tokens = f.auth.tenant(TENANT).tokens();

    @AfterEach
    void close() {
        f.close();
    }

    @Test
    void a_disabled_token_is_denied_until_it_is_enabled() {
        IssuedToken token = f.issue();
        Instant disabledAt = f.clock.instant();
        Token disabled = tokens.disable(token.id()).orElseThrow();
        assertThat(disabled.isDisabled()).isTrue();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.DISABLED);
        f.clock.advance(Duration.ofDays(1));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.DISABLED);
        assertThat(tokens.get(token.id()).orElseThrow().disabledAt()).contains(disabledAt);

        assertThat(tokens.enable(token.id()).orElseThrow().isDisabled()).isFalse();
        f.allowed(Ask.with(token));
        assertThat(f.stored(token).enabledAt()).isEqualTo(f.clock.instant());
        assertThat(heard).containsExactly("disabled true", "enabled true");
    }

    @Test
    void a_repeated_change_changes_nothing() {
        IssuedToken token = f.issue();
        Instant disabledAt = f.clock.instant();
        assertThat(tokens.enable(token.id()).orElseThrow().isDisabled()).isFalse();
        tokens.disable(token.id()).orElseThrow();
        f.clock.advance(Duration.ofDays(1));
        assertThat(tokens.disable(token.id()).orElseThrow().disabledAt()).contains(disabledAt);
        assertThat(f.changeNames()).containsExactly("token.issued", "token.disabled");
        assertThat(heard).containsExactly("disabled true");
    }

    @Test
    void there_must_be_such_a_token_and_it_must_not_be_revoked() {
        IssuedToken token = f.issue();
        assertThat(refused(tokens.disable("none")).kind()).isEqualTo(Kind.TOKEN_NOT_FOUND);
        assertThat(refused(f.auth.tenant("other").tokens().disable(token.id())).kind())
                .isEqualTo(Kind.TOKEN_NOT_FOUND);
        assertThat(refused(f.auth.tenant("other").tokens().enable(token.id())).kind())
                .isEqualTo(Kind.TOKEN_NOT_FOUND);
        tokens.disable(token.id()).orElseThrow();
        tokens.revoke(token.id()).orElseThrow();
        assertThat(refused(tokens.enable(token.id())).kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(refused(tokens.disable(token.id())).kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void enabling_needs_the_grant_for_the_whole_token_and_disabling_needs_none() {
        Actor reader = Actor.user("reader", Grant.of(ScopeSet.parse("read:learners")));
        IssuedToken own = f.issue(settings().scopes("read:learners"));
        IssuedToken wider = f.issue(settings().scopes("read:learners", "write:learners"));
        for (IssuedToken token : List.of(own, wider)) {
            tokens.actingAs(Actor.user("nobody", Grant.nothing()))
                    .disable(token.id())
                    .orElseThrow();
        }
        assertThat(refused(tokens.actingAs(reader).enable(wider.id())).kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(f.refusal(Ask.with(wider))).isEqualTo(Kind.DISABLED);
        tokens.actingAs(reader).enable(own.id()).orElseThrow();
        f.allowed(Ask.with(own));
    }

    @Test
    void a_successor_inherits_that_it_is_disabled_its_start_and_its_line() {
        Instant start = f.clock.instant().plusSeconds(60);
        IssuedToken first = f.issue(settings().notBefore(start));
        assertThat(first.token().lineId()).isEqualTo(first.id());
        tokens.disable(first.id()).orElseThrow();
        IssuedToken second =
                tokens.rotate(first.id(), GracePeriod.untilRevoked()).orElseThrow();
        IssuedToken third = tokens.rotate(second.id(), GracePeriod.none()).orElseThrow();

        assertThat(f.refusal(Ask.with(third))).isEqualTo(Kind.DISABLED);
        assertThat(third.token().lineId()).isEqualTo(first.id());
        tokens.enable(third.id()).orElseThrow();
        assertThat(f.refusal(Ask.with(third))).isEqualTo(Kind.NOT_YET_VALID);
        f.clock.advance(Duration.ofSeconds(60));
        f.allowed(Ask.with(third));
        assertThat(f.refusal(Ask.with(first))).isEqualTo(Kind.DISABLED);
    }

    @Test
    void a_new_secret_of_a_disabled_token_is_denied_too() {
        IssuedToken token = f.issue();
        tokens.disable(token.id()).orElseThrow();
        tokens.update(token.id(), new TokenUpdate().name("renamed")).orElseThrow();
        IssuedToken renewed = tokens.regenerate(token.id()).orElseThrow();
        assertThat(f.refusal(Ask.with(renewed))).isEqualTo(Kind.DISABLED);
    }

    /** Each state is removed in turn, and the next one in the order answers. */
    @Test
    void the_order_of_the_states_is_revoked_suspended_disabled_not_yet_valid_expired() {
        Instant end = f.clock.instant().plusSeconds(60);
        IssuedToken token = f.issue(settings().notBefore(end.minusSeconds(1)).expiresAt(end));
        f.tokens.update(
                f.stored(token).toBuilder().notBefore(end.plusSeconds(60)).build(), TokenConstraints.none(), List.of());
        f.clock.advance(Duration.ofSeconds(60));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.NOT_YET_VALID);
        tokens.disable(token.id()).orElseThrow();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.DISABLED);
        f.auth.tenant(TENANT).suspend().orElseThrow();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.SUSPENDED);
        tokens.revoke(token.id()).orElseThrow();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void a_token_is_denied_before_its_start_and_allowed_at_that_instant() {
        Instant start = f.clock.instant().plusSeconds(60);
        IssuedToken token = f.issue(settings().notBefore(start));
        f.clock.advance(Duration.ofMillis(59_999));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.NOT_YET_VALID);
        f.clock.advance(Duration.ofMillis(1));
        f.allowed(Ask.with(token));
    }

    @Test
    void a_start_within_a_millisecond_is_rounded_up() {
        Instant start = f.clock.instant().plusMillis(1);
        IssuedToken token = f.issue(settings().notBefore(start.minusNanos(1)));
        assertThat(token.token().notBefore()).contains(start);
    }

    @Test
    void a_start_is_before_the_end() {
        Instant end = f.clock.instant().plusSeconds(60);
        assertThat(refused(tokens.issue(settings().expiresAt(end).notBefore(end)))
                        .toString())
                .isEqualTo("INVALID_REQUEST [FieldError[field=not_before,"
                        + " message=must be before expires_at, and before the year 10000]]");
        IssuedToken token = f.issue(settings().expiresAt(end).notBefore(end.minusMillis(1)));
        assertThat(refused(tokens.update(token.id(), new TokenUpdate().notBefore(end)))
                        .kind())
                .isEqualTo(Kind.INVALID_REQUEST);
        assertThat(refused(tokens.update(token.id(), new TokenUpdate().notBefore(Instant.MAX.minusSeconds(1))))
                        .kind())
                .isEqualTo(Kind.INVALID_REQUEST);
    }

    @Test
    void an_earlier_start_needs_the_grant_and_a_later_start_needs_none() {
        Instant start = f.clock.instant().plusSeconds(60);
        IssuedToken token = f.issue(settings().notBefore(start));
        TokenOperations nobodys = tokens.actingAs(Actor.user("nobody", Grant.nothing()));
        for (TokenUpdate earlier :
                List.of(new TokenUpdate().noNotBefore(), new TokenUpdate().notBefore(start.minusMillis(1)))) {
            assertThat(refused(nobodys.update(token.id(), earlier)).kind()).isEqualTo(Kind.FORBIDDEN);
        }
        nobodys.update(token.id(), new TokenUpdate().notBefore(start.plusSeconds(1)))
                .orElseThrow();
        tokens.update(token.id(), new TokenUpdate().noNotBefore()).orElseThrow();
        f.allowed(Ask.with(token));
    }
}
