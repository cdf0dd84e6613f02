package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.token.IssuedToken;

/**
 * The length limit for ids from the application: where longer ids are rejected, and why an actor's id never prevents a
 * revocation.
 */
class IdentifiersTest {

    private static final String EMOJI = "\uD83D\uDE00";
    private static final String TENANT = Fixture.TENANT;

    private final Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    static Stream<String> valid() {
        return Stream.of("a", " ", "x".repeat(255), EMOJI.repeat(255), "\u5b66".repeat(255), "'; DROP --", "\u202e");
    }

    static Stream<String> invalid() {
        return Stream.of(
                "",
                "x".repeat(256),
                EMOJI.repeat(256),
                "x".repeat(100_000),
                "a\u0000b",
                "two\nlines",
                "a\u0085b",
                "\uD83D",
                "a\uDE00\uD83D");
    }

    private static Actor user(String id) {
        return Actor.user(id, Grant.everything());
    }

    @ParameterizedTest
    @MethodSource("valid")
    void a_valid_id_names_a_tenant_and_a_user(String id) {
        assertThat(Identifier.isValid(id)).isTrue();
        IssuedToken token = f.auth.tenant(id)
                .tokens()
                .actingAs(user(id))
                .issue(Fixture.settings())
                .orElseThrow();
        assertThat(f.auth.tenant(id).tokens().get(token.id())).isPresent();
        assertThat(f.auth.tenant(id).actingAs(user(id)).suspend().orElseThrow()).isTrue();
        assertThat(f.auth.tenant(id).actingAs(user(id)).resume().orElseThrow()).isTrue();
        f.allowed(Ask.with(token));
        assertThat(f.auth.acrossTenants().actingAs(user(id)).revokeAllOf(id).orElseThrow())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void an_invalid_id_names_no_tenant(String id) {
        assertThat(Identifier.isValid(id)).isFalse();
        String token = f.issue().id();
        ImportedToken imported = f.imported(id);
        for (Outcome<?> outcome : List.of(
                f.auth.tenant(id).tokens().actingAs(Fixture.APP).issue(Fixture.settings()),
                f.auth.acrossTenants().actingAs(Fixture.APP).importToken(imported),
                f.auth.tenant(id).actingAs(Fixture.APP).suspend(),
                f.auth.tenant(id).actingAs(Fixture.APP).resume(),
                f.auth.tenant(id).actingAs(Fixture.APP).markGone(),
                f.auth.tenant(id).actingAs(Fixture.APP).erase())) {
            assertInvalid(outcome, "tenant_id");
        }
        for (Outcome<?> outcome : List.of(
                f.auth.tenant(id).tokens().actingAs(Fixture.APP).update(token, new TokenUpdate().name("x")),
                f.auth.tenant(id).tokens().actingAs(Fixture.APP).regenerate(token),
                f.auth.tenant(id).tokens().actingAs(Fixture.APP).rotate(token, GracePeriod.untilRevoked()),
                f.auth.tenant(id).tokens().actingAs(Fixture.APP).revoke(token),
                f.auth.tenant(TENANT).tokens().actingAs(Fixture.APP).revoke(id))) {
            assertThat(Fixture.refused(outcome).kind()).isEqualTo(Kind.TOKEN_NOT_FOUND);
        }
        assertThat(f.auth.tenant(id).tokens().get(token)).isEmpty();
        assertThat(f.auth.tenant(TENANT).tokens().get(id)).isEmpty();
        assertThat(f.auth.tenant(id).tokens().list(CursorPage.START, 10).items())
                .isEmpty();
        assertThat(f.auth.tenant(id).tokens().actingAs(Fixture.APP).revokeAll().orElseThrow())
                .isZero();
        assertThat(f.auth.acrossTenants().actingAs(Fixture.APP).revokeAllOf(id).orElseThrow())
                .isZero();
        assertThat(f.changeNames()).containsExactly("token.issued");
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void an_actor_with_an_invalid_id_makes_and_changes_nothing(String id) {
        String token = f.issue().id();
        f.auth.tenant(TENANT).actingAs(Fixture.APP).suspend();
        ImportedToken imported = f.imported(TENANT);
        for (Outcome<?> outcome : List.of(
                f.auth.tenant(TENANT).tokens().actingAs(user(id)).issue(Fixture.settings()),
                f.auth.acrossTenants().actingAs(user(id)).importToken(imported),
                f.auth.tenant(TENANT).tokens().actingAs(user(id)).update(token, new TokenUpdate().name("x")),
                f.auth.tenant(TENANT).tokens().actingAs(user(id)).regenerate(token),
                f.auth.tenant(TENANT).tokens().actingAs(user(id)).rotate(token, GracePeriod.untilRevoked()),
                f.auth.tenant(TENANT).actingAs(user(id)).resume())) {
            assertInvalid(outcome, "actor");
        }
        assertThat(f.changeNames()).containsExactly("token.issued", "tenant.suspended");
        assertThat(f.limits.taken).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void no_id_of_an_actor_prevents_a_revocation_a_suspension_or_an_end(String id) {
        IssuedToken one = f.issue();
        IssuedToken two = f.issue();
        IssuedToken three = f.issue();
        f.auth.tenant(TENANT).tokens().actingAs(user(id)).revoke(one.id()).orElseThrow();
        f.auth.acrossTenants().actingAs(user(id)).revokePresented(two.secret()).orElseThrow();
        f.auth.tenant(TENANT).tokens().actingAs(user(id)).revokeAll().orElseThrow();
        f.auth.tenant(TENANT).actingAs(user(id)).suspend().orElseThrow();
        f.auth.tenant(TENANT).actingAs(user(id)).markGone().orElseThrow();

        for (IssuedToken token : List.of(one, two, three)) {
            assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
        }
        assertThat(f.changes())
                .filteredOn(event -> !event.event().equals("token.issued"))
                .hasSize(5)
                .allSatisfy(event -> assertThat(event.actor()).matches("(?s).{0,200}~sha256:[0-9a-f]{64}"));
    }

    @Test
    void an_id_that_does_not_fit_is_recorded_as_its_first_200_code_points_and_the_sha256_of_all() {
        assertThat(recorded("u".repeat(256)))
                .isEqualTo(
                        "u".repeat(200) + "~sha256:eeea0b989db6a9440839f6b7aace67ddd53bc773d6c42b81404a48acb1626307");
        assertThat(recorded(EMOJI.repeat(256))).startsWith(EMOJI.repeat(200) + "~sha256:");
        assertThat(recorded("a\u0000b\uD83D")).startsWith("a\\u0000b\\ud83d~sha256:");
        assertThat(recorded("\n".repeat(200))).hasSize(200 + 8 + 64);
        assertThat(recorded("u".repeat(256) + "1")).isNotEqualTo(recorded("u".repeat(256) + "2"));
        assertThat(recorded("u".repeat(255))).isEqualTo("u".repeat(255));
    }

    private String recorded(String userId) {
        String token = f.issue().id();
        f.auth.tenant(TENANT).tokens().actingAs(user(userId)).revoke(token).orElseThrow();
        String actor = f.changes().get(f.changes().size() - 1).actor();
        assertThat(actor).isNotNull();
        return actor;
    }

    /** The application may have built the request itself. */
    @Test
    void nothing_of_the_request_prevents_a_revocation_either() {
        String token = f.issue().id();
        AuthRequest request =
                new AuthRequest("r".repeat(5_000), "M".repeat(5_000), "/\u0000".repeat(5_000), null, name -> List.of());
        f.auth.tenant(TENANT)
                .tokens()
                .actingAs(user("ada").withRequest(request))
                .revoke(token)
                .orElseThrow();
        assertThat(f.changes().get(1).requestId()).hasSize(200 + 8 + 64);
    }

    @Test
    void limit_keys_have_bounds_too() {
        assertThatIllegalArgumentException().isThrownBy(() -> new LimitKey("x".repeat(301), "read"));
        assertThatIllegalArgumentException().isThrownBy(() -> new LimitKey("x", "y".repeat(65)));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> LimitPlan.unlimited().with("y".repeat(65), RateLimit.fixed(1, Duration.ofMinutes(1))));
        assertThat(new LimitKey(LimitKey.tenant(EMOJI.repeat(255)), "y".repeat(64)).subject())
                .startsWith("tenant:");
    }

    private static void assertInvalid(Outcome<?> outcome, String field) {
        AuthError error = Fixture.refused(outcome);
        assertThat(error.kind()).isEqualTo(Kind.INVALID_REQUEST);
        assertThat(error.fields()).singleElement().satisfies(wrong -> {
            assertThat(wrong.field()).isEqualTo(field);
            assertThat(wrong.message()).isEqualTo(Identifier.RULE);
        });
    }
}
