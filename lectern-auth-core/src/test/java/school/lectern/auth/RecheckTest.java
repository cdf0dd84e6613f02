package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;

/** Later checks of whether an admitted call may continue. */
class RecheckTest {

    private final Fixture f = new Fixture(Lectern.DIALECT, AuditMode.DURABLE);
    private final IssuedToken token = f.issue();
    private final Ask ask = Ask.with(token);

    @AfterEach
    void close() {
        f.close();
    }

    private Decision recheck(Requirement requirement) {
        return f.auth.recheck(ask.request(), requirement);
    }

    private Kind refusal() {
        return ((Denied) recheck(Requirement.anyToken())).error().kind();
    }

    @Test
    void goes_on_while_nothing_has_happened() {
        f.allowed(ask);
        assertThat(recheck(Requirement.scope("read:learners"))).isInstanceOf(Allowed.class);
    }

    @Test
    void sees_a_revocation() {
        f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(token.id());
        assertThat(refusal()).isEqualTo(Kind.REVOKED);
    }

    @Test
    void sees_a_new_secret() {
        f.auth.tenant(TENANT).tokens().actingAs(APP).regenerate(token.id());
        assertThat(refusal()).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void sees_a_suspension() {
        f.auth.tenant(TENANT).actingAs(APP).suspend();
        assertThat(refusal()).isEqualTo(Kind.SUSPENDED);
    }

    @Test
    void sees_an_end() {
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .update(
                        token.id(),
                        new TokenUpdate().expiresAt(f.clock.instant().plus(Duration.ofHours(2))));
        assertThat(recheck(Requirement.anyToken())).isInstanceOf(Allowed.class);
        f.clock.advance(Duration.ofHours(2));
        assertThat(refusal()).isEqualTo(Kind.EXPIRED);
    }

    @Test
    void sees_that_a_scope_was_taken_away() {
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .update(token.id(), new TokenUpdate().scopes(ScopeSet.parse("read:courses")));
        Decision decision = recheck(Requirement.scope("read:learners"));
        assertThat(((Denied) decision).error().kind()).isEqualTo(Kind.INSUFFICIENT_SCOPE);
    }

    @Test
    void a_recheck_takes_no_permit_and_returns_the_limits() {
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .update(token.id(), new TokenUpdate().rateLimits(Map.of("read", 1L)));
        LimitStatus taken = f.allowed(ask).limits().get(0).status();
        for (int i = 0; i < 5; i++) {
            Allowed again = (Allowed) recheck(Requirement.anyToken());
            assertThat(again.limits().get(0).status().remaining()).isEqualTo(taken.remaining());
        }
        assertThat(f.limits.taken).hasSize(1);
        assertThat(f.refusal(ask)).isEqualTo(Kind.RATE_LIMITED);
    }

    @Test
    void a_recheck_allows_while_limits_are_unavailable() {
        f.limits.instead = () -> {
            throw new IllegalStateException("no connection");
        };
        assertThat(recheck(Requirement.anyToken())).isInstanceOf(Allowed.class);
    }

    @Test
    void writes_nothing_down_whatever_it_finds() {
        recheck(Requirement.anyToken());
        f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(token.id());
        recheck(Requirement.anyToken());
        f.tokens.findInstead = () -> {
            throw new IllegalStateException("broken");
        };
        assertThat(refusal()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(f.calls.all()).isEmpty();
        assertThat(f.calls.appended).isEmpty();
        assertThat(f.calls.offered).isEmpty();
        f.auth.close();
        assertThat(f.tokens.notes).as("recorded uses").hasValue(0);
    }
}
