package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Secret;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.ExposedToken;
import school.lectern.auth.token.IssuedToken;

/** A request over insecure transport is denied before its token is looked up, and the token is reported. */
class InsecureTransportTest {

    private final ConcurrentLinkedQueue<ExposedToken> exposed = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<DecisionSample> decided = new ConcurrentLinkedQueue<>();
    private final Fixture f = fixture(Lectern.DIALECT);

    private Fixture fixture(Dialect dialect) {
        return new Fixture(
                dialect,
                settings -> settings.requireSecureTransport()
                        .listener(new AuthListener() {
                            @Override
                            public void exposed(ExposedToken token) {
                                exposed.add(token);
                            }
                        })
                        .metrics(new AuthMetrics() {
                            @Override
                            public void decided(DecisionSample sample) {
                                decided.add(sample);
                            }
                        }));
    }

    @AfterEach
    void close() {
        f.close();
    }

    /** Closing waits for notices. */
    private List<ExposedToken> exposed() {
        f.close();
        return List.copyOf(exposed);
    }

    @Test
    void valid_and_invalid_credentials_get_the_same_answer_and_nothing_is_looked_up() {
        IssuedToken token = f.issue();
        int before = f.tokens.finds.get();
        for (Ask ask : List.of(
                Ask.with(token),
                Ask.with(Fixture.wrong(token)),
                Ask.header("Bearer x"),
                Ask.header("Basic dTpw"),
                Ask.header())) {
            Denied denied = f.denied(ask);
            assertThat(denied.error().kind()).isEqualTo(Kind.INSECURE_TRANSPORT);
            assertThat(denied.token()).isEmpty();
            assertThat(denied.limits()).isEmpty();
            assertThat(f.auth.headers(denied)).containsOnlyKeys("X-Request-Id");
            assertThat(f.auth.dialect().render(denied.error(), "req_1").headers())
                    .doesNotContainKey("WWW-Authenticate");
        }
        assertThat(f.tokens.finds).hasValue(before);
        assertThat(decided).hasSize(5).allMatch(sample -> sample.reason().equals(Optional.of(Kind.INSECURE_TRANSPORT)));
    }

    @Test
    void a_request_over_secure_transport_and_a_message_are_evaluated() {
        IssuedToken token = f.issue();
        Decision decision =
                f.auth.authenticate(Ask.with(token).request().withSecureTransport(true), Requirement.anyToken());
        assertThat(decision).isInstanceOf(Decision.Allowed.class);
        assertThat(f.auth.authenticate(token.secret(), "orders", null, Requirement.anyToken()))
                .isInstanceOf(Decision.Allowed.class);
    }

    @Test
    void the_transport_does_not_matter_unless_that_is_set() {
        try (Fixture usual = new Fixture()) {
            usual.allowed(Ask.with(usual.issue()));
            assertThat(usual.auth.denyInsecure(Ask.header().request())).isEmpty();
        }
    }

    @Test
    void the_listener_gets_each_token_once_in_an_hour_from_a_network_and_can_revoke_it() {
        IssuedToken token = f.issue();
        f.denied(Ask.with(token).from("203.0.113.9"));
        f.denied(Ask.with(token).from("203.0.113.77"));
        f.denied(Ask.with(Fixture.wrong(token)).from("203.0.113.9"));
        f.denied(Ask.header("Bearer sk_live_lectern_tooshort"));
        f.clock.advance(Duration.ofHours(2));
        f.denied(Ask.with(token).from("203.0.113.9"));
        List<ExposedToken> seen = exposed();
        assertThat(seen).hasSize(3);
        assertThat(seen.get(0).shown()).isEqualTo(token.token().displayPrefix());
        assertThat(seen.get(0).address()).hasToString("203.0.113.9");
        assertThat(seen.get(0).toString())
                .doesNotContain(token.secret().expose().substring(20));
        assertThat(f.auth.acrossTenants().revokePresented(seen.get(0).token()).orElseThrow())
                .isEqualTo(Revocation.REVOKED);
        assertThat(Fixture.refused(f.auth.acrossTenants()
                                .revokePresented(seen.get(1).token()))
                        .kind())
                .isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void one_network_can_cause_a_bounded_number_of_notices() {
        Dialect any = Lectern.DIALECT;
        for (int i = 0; i < 150; i++) {
            String text = "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1" + (100 + i);
            assertThat(any.formats().recognizes(Secret.of(text))).isTrue();
            f.denied(Ask.with(Secret.of(text)));
        }
        f.denied(Ask.with(Secret.of("sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1999"))
                .from("198.51.100.1"));
        assertThat(exposed()).hasSize(101);
    }

    @Test
    void a_token_in_two_parts_is_reported_as_a_whole() {
        IssuedToken token;
        try (Fixture parts = fixture(Fixture.TWO_PARTS.toBuilder()
                .carriers(Carrier.basicParts(), Carrier.bearer())
                .build())) {
            token = parts.issue();
            var header = parts.auth.dialect().credentialHeaders(token.secret()).get(0);
            parts.denied(Ask.header(header.value().expose()));
        }
        assertThat(exposed).singleElement().satisfies(seen -> {
            assertThat(seen.token()).isEqualTo(token.secret());
            assertThat(seen.shown()).startsWith("tapub_").doesNotContain("tasec_");
        });
    }

    @Test
    void every_token_of_a_request_is_reported() {
        String first = f.issue().secret().expose();
        String second = f.issue().secret().expose();
        String third = f.issue().secret().expose();
        f.denied(Ask.header("Bearer " + first, "Token " + second + ", Bearer " + third));
        assertThat(exposed()).extracting(seen -> seen.token().expose()).containsExactly(first, second, third);
    }

    @Test
    void a_denial_is_recorded_with_its_reason() {
        try (Fixture recorded = new Fixture(
                Lectern.DIALECT,
                settings -> settings.audit(f.calls, AuditMode.DURABLE).requireSecureTransport())) {
            recorded.denied(Ask.with(recorded.issue()));
            assertThat(f.calls.offered).singleElement().satisfies(row -> {
                assertThat(row.outcome()).isEqualTo("denied:INSECURE_TRANSPORT");
                assertThat(row.status()).isEqualTo(403);
                assertThat(row.tokenId()).isNull();
            });
        }
    }

    @Test
    void a_slow_listener_does_not_delay_requests() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AuthListener slow = new AuthListener() {
            @Override
            public void exposed(ExposedToken token) {
                called.countDown();
                try {
                    released.await();
                } catch (InterruptedException closed) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (Fixture slowed = new Fixture(
                Lectern.DIALECT, settings -> settings.requireSecureTransport().listener(slow))) {
            slowed.denied(Ask.with(slowed.issue()));
            assertThat(called.await(20, TimeUnit.SECONDS)).isTrue();
            slowed.denied(Ask.with(slowed.issue()));
            released.countDown();
        }
    }

    @Test
    void a_dialect_that_would_answer_with_a_challenge_is_refused() {
        Dialect challenging = Lectern.DIALECT.toBuilder()
                .error(401, "no", "No.", Kind.INSECURE_TRANSPORT)
                .build();
        assertThat(challenging.status(AuthError.of(Kind.INSECURE_TRANSPORT))).isEqualTo(401);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fixture(challenging, LecternAuthBuilder::requireSecureTransport))
                .withMessageContaining("requireSecureTransport: dialect lectern answers with 401")
                .withMessageContaining("error(403, ..., Kind.INSECURE_TRANSPORT)");
    }
}
