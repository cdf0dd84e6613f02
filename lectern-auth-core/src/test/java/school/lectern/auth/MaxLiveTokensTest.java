package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;

/** Operations that would exceed the maximum number of live tokens of a tenant or a creator are refused. */
class MaxLiveTokensTest {

    private static final RateLimit CREATIONS = RateLimit.fixed(10, Duration.ofHours(1));
    private static final Dialect DIALECT =
            Lectern.DIALECT.toBuilder().creationLimit(CREATIONS).build();
    private static final Actor ADA = Actor.user("ada", Grant.everything());
    private static final Actor BOB = Actor.user("bob", Grant.everything());

    private final Fixture f = new Fixture(
            DIALECT,
            builder ->
                    builder.maxLiveTokensPerTenant(3).maxLiveTokensPerCreator(2).maxLifetime(Duration.ofDays(30)));
    private final TokenOperations tokens = f.auth.tenant(TENANT).tokens();

    @AfterEach
    void close() {
        f.close();
    }

    private IssuedToken issue(Actor actor) {
        return tokens.actingAs(actor).issue(settings()).orElseThrow();
    }

    private static void areTooMany(Outcome<?> outcome) {
        assertThat(refused(outcome).kind()).isEqualTo(Kind.TOO_MANY_TOKENS);
    }

    private long permits() {
        return f.limits
                .peek(
                        LimitTake.of(new LimitKey(LimitKey.tenant(TENANT), "create"), CREATIONS),
                        Clocks.of(f.clock).now())
                .remaining();
    }

    @Test
    void an_issue_is_refused_and_consumes_no_permit() {
        IssuedToken first = issue(ADA);
        issue(ADA);
        areTooMany(tokens.actingAs(ADA).issue(settings()));
        issue(BOB);
        areTooMany(tokens.actingAs(BOB).issue(settings()));
        areTooMany(tokens.issue(settings()));
        assertThat(permits()).isEqualTo(7);
        assertThat(f.changeNames()).hasSize(3);
        assertThat(f.auth.tenant("other").tokens().actingAs(ADA).issue(settings()))
                .isInstanceOf(Outcome.Done.class);

        tokens.revoke(first.id()).orElseThrow();
        issue(ADA);
    }

    @Test
    void a_disabled_token_counts_and_an_expired_one_does_not() {
        IssuedToken first = issue(ADA);
        tokens.disable(first.id()).orElseThrow();
        Instant end = f.clock.instant().plusSeconds(1);
        tokens.actingAs(ADA).issue(settings().expiresAt(end)).orElseThrow();
        areTooMany(tokens.actingAs(ADA).issue(settings()));
        f.clock.advance(Duration.ofSeconds(1));
        issue(ADA);
        tokens.enable(first.id()).orElseThrow();
    }

    /** The maximum lifetime is configuration of a process: it could count differently in another one. */
    @Test
    void a_token_beyond_the_maximum_lifetime_counts_unless_its_stored_expiry_has_passed() {
        issue(ADA);
        issue(ADA);
        f.clock.advance(Duration.ofDays(31));
        areTooMany(tokens.actingAs(ADA).issue(settings()));
    }

    @Test
    void a_rotation_adds_no_token_while_the_line_has_two_live_ones() {
        IssuedToken first = issue(ADA);
        issue(ADA);
        issue(BOB);
        IssuedToken second = tokens.actingAs(ADA)
                .rotate(first.id(), GracePeriod.untilRevoked())
                .orElseThrow();
        areTooMany(tokens.actingAs(ADA).rotate(second.id(), GracePeriod.untilRevoked()));
        assertThat(f.stored(second).successorId()).isNull();
        assertThat(permits()).isEqualTo(6);

        IssuedToken third =
                tokens.actingAs(ADA).rotate(second.id(), GracePeriod.none()).orElseThrow();
        tokens.revoke(first.id()).orElseThrow();
        tokens.actingAs(ADA).rotate(third.id(), GracePeriod.untilRevoked()).orElseThrow();
        tokens.regenerate(third.id()).orElseThrow();
    }

    @Test
    void a_successor_counts_for_the_user_who_rotates() {
        issue(ADA);
        issue(ADA);
        IssuedToken ofBob = issue(BOB);
        areTooMany(tokens.actingAs(ADA).rotate(ofBob.id(), GracePeriod.untilRevoked()));
    }

    @Test
    void a_later_expiry_of_an_expired_token_is_refused() {
        Instant end = f.clock.instant().plusSeconds(1);
        IssuedToken expired =
                tokens.actingAs(ADA).issue(settings().expiresAt(end)).orElseThrow();
        f.clock.advance(Duration.ofSeconds(1));
        IssuedToken other = issue(ADA);
        issue(ADA);
        areTooMany(tokens.update(expired.id(), new TokenUpdate().neverExpires()));
        areTooMany(tokens.update(expired.id(), new TokenUpdate().expiresAt(end.plusSeconds(60))));
        assertThat(f.stored(expired).expiresAt()).isEqualTo(end);
        tokens.update(expired.id(), new TokenUpdate().name("old")).orElseThrow();
        tokens.update(other.id(), new TokenUpdate().expiresAt(end.plusSeconds(60)))
                .orElseThrow();

        tokens.revoke(other.id()).orElseThrow();
        tokens.update(expired.id(), new TokenUpdate().neverExpires()).orElseThrow();
    }

    @Test
    void an_import_is_refused_token_by_token() {
        issue(ADA);
        List<Outcome<Token>> outcomes = f.auth.acrossTenants()
                .actingAs(ADA)
                .importTokens(List.of(f.imported(TENANT), other(f, 2), other(f, 3)));
        outcomes.get(0).orElseThrow();
        areTooMany(outcomes.get(1));
        areTooMany(outcomes.get(2));
    }

    private static ImportedToken other(Fixture f, int number) {
        return Fixture.imported(
                ImportedToken.of(
                        TENANT,
                        TokenEnvironment.LIVE,
                        TokenHash.of("sha256", ("0" + number).repeat(32)),
                        "sk_live_lectern_abcd",
                        f.clock.instant()),
                settings());
    }

    @Test
    void the_answer_is_a_conflict_in_every_dialect() {
        AuthError error = AuthError.of(Kind.TOO_MANY_TOKENS);
        for (Dialect each :
                List.of(Lectern.DIALECT, LearnCoin.DIALECT, LearnHouse.DIALECT, Teacharium.DIALECT, DIALECT)) {
            assertThat(each.render(error, "req_1").status()).as(each.name()).isEqualTo(409);
        }
    }

    @Test
    void a_maximum_is_at_least_one() {
        LecternAuthBuilder builder = LecternAuth.builder(Lectern.DIALECT);
        assertThatThrownBy(() -> builder.maxLiveTokensPerTenant(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxLiveTokensPerTenant must be at least 1, was 0");
        assertThatThrownBy(() -> builder.maxLiveTokensPerCreator(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxLiveTokensPerCreator must be at least 1, was 0");
    }
}
