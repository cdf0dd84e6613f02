package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** A bearer rotates the token that it authenticated with: what the successor has, and when the rotation is refused. */
class SelfRotationTest {

    private static final GracePeriod MINUTE = GracePeriod.of(Duration.ofMinutes(1));
    private static final Duration DAY = Duration.ofDays(1);

    private final List<String> heard = new ArrayList<>();
    private final Fixture f = new Fixture(
            Lectern.DIALECT,
            settings -> settings.maxLifetime(DAY).listener(new AuthListener() {
                @Override
                public void rotated(Token predecessor, Token successor) {
                    heard.add(predecessor.id() + " to " + successor.id());
                }
            }));
    private final TokenOperations tokens = f.auth.tenant(TENANT).tokens();
    private final Instant start = f.clock.instant();

    @AfterEach
    void close() {
        f.close();
    }

    private Outcome<IssuedToken> rotate(IssuedToken token) {
        return f.auth.rotateSelf(Ask.with(token).request(), Requirement.anyToken(), MINUTE);
    }

    private Kind refusal(IssuedToken token) {
        return refused(rotate(token)).kind();
    }

    @Test
    void the_successor_works_and_the_token_until_its_grace_period_is_over() {
        IssuedToken token = f.issue();
        IssuedToken successor = rotate(token).orElseThrow();
        f.allowed(Ask.with(successor));
        f.clock.advance(Duration.ofMinutes(1).minusMillis(1));
        f.allowed(Ask.with(token));
        f.clock.advance(Duration.ofMillis(1));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.EXPIRED);
        f.allowed(Ask.with(successor));
        assertThat(heard).containsExactly(token.id() + " to " + successor.id());
    }

    @Test
    void without_a_grace_period_the_token_ends_with_the_rotation() {
        IssuedToken token = f.issue();
        f.auth.rotateSelf(Ask.with(token).request(), Requirement.anyToken(), GracePeriod.none())
                .orElseThrow();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.EXPIRED);
    }

    @Test
    void the_successor_has_the_rights_the_expiry_and_the_users_of_the_token() {
        Actor ada = Actor.user("ada", Grant.everything());
        IssuedToken token = tokens.actingAs(ada)
                .issue(settings()
                        .description("nightly")
                        .allowlist(Fixture.allowlist("10.0.0.0/8"))
                        .rateLimits(Map.of("read", 7L))
                        .metadata(Map.of("team", "platform"))
                        .expiresAt(start.plus(Duration.ofHours(5))))
                .orElseThrow();
        f.clock.advance(Duration.ofHours(1));
        StoredToken old = f.stored(token);
        StoredToken successor = f.stored(rotate(token).orElseThrow());

        assertThat(successor.toBuilder()
                        .number(old.number())
                        .secret(old.selector(), old.hash())
                        .displayPrefix(old.displayPrefix())
                        .predecessorId(null)
                        .build())
                .isEqualTo(StoredToken.builder(
                                successor.id(), TENANT, old.environment(), old.name(), start.plus(Duration.ofHours(1)))
                        .number(old.number())
                        .secret(old.selector(), old.hash())
                        .prefix(old.prefix())
                        .displayPrefix(old.displayPrefix())
                        .description(old.description())
                        .scopes(old.scopes())
                        .allowlist(old.allowlist())
                        .rateLimits(old.rateLimits())
                        .metadata(old.metadata())
                        .expiresAt(old.expiresAt())
                        .createdBy("ada")
                        .secretShownTo("ada")
                        .lineId(old.id())
                        .lifetimeStartedAt(start)
                        .build());
        assertThat(f.stored(token).selfRotatedAt()).isEqualTo(f.clock.instant());
        assertThat(f.auth.acrossTenants().revokeAllOf("ada").orElseThrow())
                .as("the successor does not escape the revocation of the user's tokens")
                .isEqualTo(2);
    }

    @Test
    void rights_that_were_taken_away_since_the_request_are_not_given_back() {
        IssuedToken token = f.issue(settings().scopes("read:learners", "write:learners"));
        AuthRequest request = Ask.with(token).request();
        f.allowed(Ask.with(token));
        tokens.update(token.id(), new TokenUpdate().scopes("read:learners")).orElseThrow();
        IssuedToken successor =
                f.auth.rotateSelf(request, Requirement.anyToken(), MINUTE).orElseThrow();
        assertThat(successor.token().scopes()).isEqualTo(ScopeSet.parse("read:learners"));
    }

    @Test
    void the_audit_log_has_the_token_as_the_actor_and_the_request() {
        IssuedToken token = f.issue();
        AuthRequest request = Ask.with(token).method("POST").path("/v1/self").request();
        IssuedToken successor =
                f.auth.rotateSelf(request, Requirement.anyToken(), MINUTE).orElseThrow();
        List<AuditEvent> rows = f.changes().stream()
                .filter(row -> token.id().equals(row.actor()))
                .toList();
        assertThat(rows)
                .extracting(AuditEvent::event, AuditEvent::tokenId, AuditEvent::details)
                .containsExactlyInAnyOrder(
                        tuple("token.rotated", token.id(), Map.of("by_bearer", "true", "successor", successor.id())),
                        tuple("token.issued", successor.id(), Map.of("by_bearer", "true", "predecessor", token.id())));
        assertThat(rows).extracting(AuditEvent::requestId).containsOnly(request.requestId());
        assertThat(rows).extracting(AuditEvent::endpoint).containsOnly("/v1/self");
    }

    @Test
    void a_token_is_rotated_once() {
        IssuedToken token = f.issue();
        IssuedToken successor = rotate(token).orElseThrow();
        assertThat(refusal(token)).isEqualTo(Kind.CONFLICT);
        rotate(successor).orElseThrow();
    }

    @Test
    void a_request_that_would_now_be_denied_rotates_nothing() {
        IssuedToken revoked = f.issue(settings().name("revoked"));
        tokens.revoke(revoked.id()).orElseThrow();
        assertThat(refusal(revoked)).isEqualTo(Kind.REVOKED);

        IssuedToken disabled = f.issue(settings().name("disabled"));
        tokens.disable(disabled.id()).orElseThrow();
        assertThat(refusal(disabled)).isEqualTo(Kind.DISABLED);

        IssuedToken renewed = f.issue(settings().name("renewed"));
        tokens.regenerate(renewed.id()).orElseThrow();
        assertThat(refusal(renewed)).isEqualTo(Kind.UNKNOWN_TOKEN);

        IssuedToken weak = f.issue(settings().name("weak"));
        assertThat(refused(f.auth.rotateSelf(Ask.with(weak).request(), Requirement.scope("write:learners"), MINUTE))
                        .kind())
                .isEqualTo(Kind.INSUFFICIENT_SCOPE);

        IssuedToken ended = f.issue(settings().name("ended").expiresAt(start.plusSeconds(1)));
        f.clock.advance(Duration.ofSeconds(1));
        assertThat(refusal(ended)).isEqualTo(Kind.EXPIRED);

        IssuedToken suspended = f.issue(settings().name("suspended"));
        f.auth.tenant(TENANT).suspend().orElseThrow();
        assertThat(refusal(suspended)).isEqualTo(Kind.SUSPENDED);
        f.auth.tenant(TENANT).markGone().orElseThrow();
        assertThat(refusal(suspended)).isEqualTo(Kind.TENANT_GONE);
        assertThat(f.changeNames()).doesNotContain("token.rotated");
    }

    /** The change is made between the second evaluation of the request and the rotation. */
    @Test
    void a_change_that_comes_at_the_last_moment_is_not_undone() {
        IssuedToken renewed = f.issue(settings().name("renewed"));
        onceBeforeTheRotation(() -> tokens.regenerate(renewed.id()).orElseThrow());
        assertThat(refusal(renewed)).isEqualTo(Kind.UNKNOWN_TOKEN);

        assertRefusedAtTheLastMoment(Kind.REVOKED, token -> tokens.revoke(token.id()));
        assertRefusedAtTheLastMoment(Kind.DISABLED, token -> tokens.disable(token.id()));
        assertRefusedAtTheLastMoment(
                Kind.NOT_YET_VALID, token -> tokens.update(token.id(), new TokenUpdate().notBefore(start.plus(DAY))));
        // The expiry is read at the rotation, so a long pause before it counts.
        assertRefusedAtTheLastMoment(Kind.EXPIRED, token -> {
            f.clock.advance(DAY);
            return tokens.update(token.id(), new TokenUpdate().name("paused"));
        });
        assertRefusedAtTheLastMoment(Kind.SUSPENDED, token -> {
            f.auth.tenant(TENANT).suspend().orElseThrow();
            return tokens.update(token.id(), new TokenUpdate().name("paused"));
        });
        f.auth.tenant(TENANT).resume().orElseThrow();
        assertRefusedAtTheLastMoment(
                Kind.TENANT_GONE, token -> f.auth.tenant(TENANT).markGone());
        assertThat(f.changeNames()).doesNotContain("token.rotated");
    }

    private void assertRefusedAtTheLastMoment(Kind kind, Function<IssuedToken, Outcome<?>> change) {
        IssuedToken token = f.issue(settings().name(kind.name()));
        onceBeforeTheRotation(() -> change.apply(token).orElseThrow());
        assertThat(refusal(token)).isEqualTo(kind);
    }

    private void onceBeforeTheRotation(Runnable change) {
        f.tokens.beforeChange = () -> {
            f.tokens.beforeChange = () -> {};
            change.run();
        };
    }

    @Test
    void the_maximum_lifetime_counts_from_the_first_token_that_its_bearer_replaced() {
        IssuedToken token = f.issue();
        f.clock.advance(Duration.ofHours(10));
        IssuedToken second = rotate(token).orElseThrow();
        f.clock.advance(Duration.ofHours(10));
        IssuedToken third = rotate(second).orElseThrow();
        assertThat(third.token().lifetimeStartedAt()).isEqualTo(start);
        assertThat(f.auth.effectiveExpiry(third.token())).contains(start.plus(DAY));
        f.clock.advance(Duration.ofHours(4).minusMillis(1));
        f.allowed(Ask.with(third));
        f.clock.advance(Duration.ofMillis(1));
        assertThat(f.refusal(Ask.with(third))).isEqualTo(Kind.EXPIRED);
        assertThat(refusal(third)).isEqualTo(Kind.EXPIRED);
        assertThat(refused(tokens.update(
                                third.id(),
                                new TokenUpdate().expiresAt(start.plus(DAY).plusMillis(1))))
                        .kind())
                .isEqualTo(Kind.INVALID_REQUEST);
    }

    @Test
    void a_rotation_by_the_application_starts_the_maximum_lifetime_again() {
        IssuedToken token = f.issue();
        f.clock.advance(Duration.ofHours(10));
        IssuedToken second = rotate(token).orElseThrow();
        f.clock.advance(Duration.ofHours(10));
        Instant restart = f.clock.instant();
        IssuedToken third = tokens.rotate(second.id(), MINUTE).orElseThrow();
        assertThat(third.token().lifetimeStartedAt()).isEqualTo(restart);
        assertThat(f.stored(second).selfRotatedAt()).isNull();
        f.clock.advance(Duration.ofHours(10));
        IssuedToken fourth = rotate(third).orElseThrow();
        assertThat(f.auth.effectiveExpiry(fourth.token())).contains(restart.plus(DAY));
    }

    @Test
    void a_new_secret_is_not_the_one_that_the_bearer_replaced() {
        IssuedToken token = f.issue();
        rotate(token).orElseThrow();
        tokens.regenerate(token.id()).orElseThrow();
        assertThat(f.stored(token).selfRotatedAt()).isNull();
    }

    @Test
    void a_rotation_takes_a_permit_for_creations() {
        Dialect dialect = Lectern.DIALECT.toBuilder()
                .creationLimit(RateLimit.perMinute(2))
                .build();
        try (Fixture limited = new Fixture(dialect)) {
            IssuedToken token = limited.issue();
            IssuedToken successor = limited.auth
                    .rotateSelf(Ask.with(token).request(), Requirement.anyToken(), MINUTE)
                    .orElseThrow();
            assertThat(refused(limited.auth.rotateSelf(Ask.with(successor).request(), Requirement.anyToken(), MINUTE))
                            .kind())
                    .isEqualTo(Kind.CREATION_LIMITED);
        }
    }
}
