package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.Secret;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.token.IssuedToken;

/** Tokens in requests that do not come over HTTP. */
class MessageTest {

    private static final Requirement READ = Requirement.scope("read:learners");

    private final InMemoryAuditLog audit = new InMemoryAuditLog();
    private final LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
            .storage(InMemoryStorage.create())
            .audit(audit, AuditMode.DURABLE)
            .open();

    @AfterEach
    void close() {
        auth.close();
    }

    private IssuedToken issue(NewToken token) {
        return auth.tenant("123").tokens().issue(token).orElseThrow();
    }

    private Decision ask(Secret token, IpAddress from, Requirement needed) {
        return auth.authenticate(token, "orders", from, needed);
    }

    private Kind refusal(Secret token, IpAddress from, Requirement needed) {
        return ((Denied) ask(token, from, needed)).error().kind();
    }

    @Test
    void a_message_is_decided_on_recorded_and_counted_like_a_request() {
        IssuedToken token = issue(NewToken.named("CI").scopes("read:learners"));

        Allowed allowed = (Allowed) ask(token.secret(), null, READ);
        auth.completed(allowed, 200);

        assertThat(allowed.token().id()).isEqualTo(token.token().id());
        LimitStatus first = allowed.limits().get(0).status();
        LimitStatus second = ask(token.secret(), null, READ).limits().get(0).status();
        assertThat(second.remaining()).isEqualTo(first.remaining() - 1);
        assertThat(audit.read("123", null, null, CursorPage.START, 10).items())
                .filteredOn(row -> row.event().equals("call"))
                .allSatisfy(row -> {
                    assertThat(row.method()).isEqualTo("MESSAGE");
                    assertThat(row.endpoint()).isEqualTo("orders");
                })
                .isNotEmpty();
    }

    @Test
    void a_message_is_refused_for_the_same_reasons_as_a_request() {
        IssuedToken token = issue(NewToken.named("CI").scopes("read:learners"));
        Secret unknown = Secret.of(token.secret().expose().replaceFirst("....$", "0000"));

        assertThat(refusal(Secret.of(""), null, READ)).isEqualTo(Kind.MALFORMED_CREDENTIAL);
        assertThat(refusal(Secret.of("Bearer x"), null, READ)).isEqualTo(Kind.MALFORMED_TOKEN);
        assertThat(refusal(unknown, null, READ)).isEqualTo(Kind.UNKNOWN_TOKEN);
        assertThat(refusal(token.secret(), null, Requirement.scope("write:learners")))
                .isEqualTo(Kind.INSUFFICIENT_SCOPE);
        auth.tenant("123").tokens().revoke(token.token().id()).orElseThrow();
        assertThat(refusal(token.secret(), null, READ)).isEqualTo(Kind.REVOKED);
    }

    @Test
    void a_token_with_an_allowlist_needs_an_address() {
        IssuedToken token =
                issue(NewToken.named("CI").scopes("read:learners").allowlist(Fixture.allowlist("203.0.113.0/24")));

        assertThat(refusal(token.secret(), null, READ)).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
        assertThat(ask(token.secret(), IpAddress.parse("203.0.113.9").orElseThrow(), READ))
                .isInstanceOf(Allowed.class);
    }
}
