package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.TENANT;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.IssuedToken;

/** The reason of a revocation: where it is stored and recorded, and that no reason prevents a revocation. */
class RevocationReasonTest {

    private final Fixture f = new Fixture();
    private final TokenOperations tokens = f.auth.tenant(TENANT).tokens();

    @AfterEach
    void close() {
        f.close();
    }

    private String stored(IssuedToken token) {
        return tokens.get(token.id()).orElseThrow().revocationReason().orElse("none");
    }

    private Map<String, String> detailsOf(String event, IssuedToken token) {
        return f.changes().stream()
                .filter(row -> row.event().equals(event) && token.id().equals(row.tokenId()))
                .map(AuditEvent::details)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_reason_is_stored_with_the_token_and_in_the_audit_row() {
        IssuedToken one = f.issue();
        tokens.withReason("found in a log").revoke(one.id()).orElseThrow();
        assertThat(stored(one)).isEqualTo("found in a log");
        assertThat(detailsOf("token.revoked", one)).isEqualTo(Map.of("reason", "found in a log"));

        IssuedToken without = f.issue();
        tokens.withReason("  ").revoke(without.id()).orElseThrow();
        assertThat(stored(without)).isEqualTo("none");
        assertThat(detailsOf("token.revoked", without)).isEmpty();
    }

    @Test
    void the_first_revocation_gives_the_reason() {
        IssuedToken token = f.issue();
        tokens.withReason("first").revoke(token.id()).orElseThrow();
        tokens.withReason("second").revoke(token.id()).orElseThrow();
        assertThat(stored(token)).isEqualTo("first");
    }

    @Test
    void every_way_to_revoke_has_a_reason() {
        IssuedToken leaked = f.issue();
        IssuedToken one = f.issue();
        f.auth.acrossTenants()
                .withReason("leaked")
                .revokePresented(leaked.secret())
                .orElseThrow();
        tokens.withReason("they left").revokeAll().orElseThrow();
        assertThat(stored(leaked)).isEqualTo("leaked");
        assertThat(stored(one)).isEqualTo("they left");
        assertThat(detailsOf("token.revoked", one)).isEqualTo(Map.of("together", "true", "reason", "they left"));
        IssuedToken disabled = f.issue();
        tokens.withReason("suspect").disable(disabled.id()).orElseThrow();
        assertThat(detailsOf("token.disabled", disabled)).isEqualTo(Map.of("reason", "suspect"));
        tokens.withReason("suspect")
                .actingAs(Actor.application())
                .withoutWaiting()
                .revoke(disabled.id());
        assertThat(stored(disabled)).isEqualTo("suspect");
    }

    @Test
    void no_reason_prevents_a_revocation_or_shows_a_token() {
        for (String reason : List.of("x".repeat(100_000), "a\u0000b", "\ud83d", "\ud83d\ude00".repeat(501))) {
            IssuedToken token = f.issue();
            tokens.withReason(reason).revoke(token.id()).orElseThrow();
            String kept = stored(token);
            assertThat(kept.codePointCount(0, kept.length())).isBetween(1, 500);
            assertThat(kept.codePoints()).noneMatch(c -> c < ' ' || Character.getType(c) == Character.SURROGATE);
        }
        IssuedToken token = f.issue();
        String secret = token.secret().expose();
        tokens.withReason("found " + secret + " in a log").revoke(token.id()).orElseThrow();
        assertThat(stored(token)).startsWith("found ").endsWith(" in a log").doesNotContain(secret.substring(20));
        assertThat(detailsOf("token.revoked", token).toString()).doesNotContain(secret.substring(20));
    }
}
