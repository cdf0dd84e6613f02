package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.CredentialProblem;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.format.TokenFormatBuilder;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;

class PrefixRegistryTest {

    private static final TokenBody BODY = TokenBody.of(TokenBody.BASE62, 32);
    private static final PrefixRegistry ALL =
            PrefixRegistry.of(Lectern.DIALECT, LearnCoin.DIALECT, Teacharium.DIALECT, LearnHouse.DIALECT);

    private static Dialect dialect(String name, TokenFormatBuilder format) {
        return Dialect.builder(name)
                .format(format.body(BODY).build())
                .requestIds(Lectern.DIALECT.requestIds())
                .errorBody(view -> ErrorBody.object().put("error", view.message()))
                .error(500, "", "no", Kind.values())
                .build();
    }

    private static Dialect prefixed(String name, String first, String... others) {
        return dialect(name, TokenFormat.builder().prefix(first, others));
    }

    @Test
    void a_credential_is_that_dialects_whose_opening_it_has() {
        assertThat(ALL.find(Secret.of("sk_test_lectern_x"))).contains(Lectern.DIALECT);
        assertThat(ALL.find(Secret.of("lrn_live_"))).contains(LearnCoin.DIALECT);
        assertThat(ALL.find(Secret.of("tapub_.tasec_"))).contains(Teacharium.DIALECT);
        assertThat(ALL.find(Secret.of("lh_"))).contains(LearnHouse.DIALECT);
        assertThat(ALL.find(Secret.of("lh"))).isEmpty();
        assertThat(ALL.find(Secret.of("LH_x"))).isEmpty();
        assertThat(ALL.find(Secret.of(""))).isEmpty();
    }

    @Test
    void a_header_is_that_dialects_whose_opening_any_credential_in_it_has() {
        assertThat(ALL.find(request())).isEmpty();
        assertThat(ALL.find(request("Basic dTpw"))).isEmpty();
        assertThat(ALL.find(request("Bearer lh_x"))).contains(LearnHouse.DIALECT);
        assertThat(ALL.find(request("Basic dTpw", "lrn_live_x"))).contains(LearnCoin.DIALECT);
        assertThat(ALL.find(request("Bearer lh_x, Bearer lrn_live_x"))).contains(LearnCoin.DIALECT);
    }

    private static AuthRequest request(String... authorization) {
        return new AuthRequest("id", "GET", "/", null, name -> List.of(authorization));
    }

    @Test
    void openings_that_start_alike_are_refused_with_the_names_of_both() {
        refused(prefixed("one", "sk_"), prefixed("two", "sk_live_"), "one", "two", "\"sk_\"", "\"sk_live_\"");
        refused(prefixed("one", "sk_live_"), prefixed("two", "sk_"), "one", "two", "\"sk_\"", "\"sk_live_\"");
        refused(prefixed("one", "a_", "b_"), prefixed("two", "c_", "b_"), "one", "two", "\"b_\"");
        refused(prefixed("one", "a_"), prefixed("two", ""), "one", "two", "\"a_\"", "\"\"");
        refused(prefixed("one", "tapub_x"), Teacharium.DIALECT, "one", "teacharium", "\"tapub_x\"", "\"tapub_\"");
        refused(
                dialect("one", TokenFormat.builder().prefix("").secretTokenUri()),
                dialect("two", TokenFormat.builder().prefix("a_").secretTokenUri()),
                "\"secret-token:\"",
                "\"secret-token:a_\"");
        refused(Lectern.DIALECT, Lectern.DIALECT, "lectern");
    }

    private static void refused(Dialect one, Dialect other, String... named) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PrefixRegistry.of(one, other, LearnCoin.DIALECT))
                .withMessageContainingAll(named);
    }

    @Test
    void openings_that_differ_in_any_place_go_together() {
        Dialect secret = prefixed("one", "tasec_");
        Dialect wrapped = dialect("two", TokenFormat.builder().prefix("lh_").secretTokenUri());
        PrefixRegistry registry = PrefixRegistry.of(Teacharium.DIALECT, LearnHouse.DIALECT, secret, wrapped);

        assertThat(registry.find(Secret.of("tasec_x"))).contains(secret);
        assertThat(registry.find(Secret.of("secret-token:lh_x"))).contains(wrapped);
    }

    @Test
    void alone_a_dialect_may_have_tokens_without_a_prefix() {
        PrefixRegistry registry = PrefixRegistry.of(prefixed("bare", ""));

        assertThat(registry.find(Secret.of("a".repeat(32)))).isPresent();
        assertThat(registry.find(Secret.of("a".repeat(31)))).isEmpty();
    }

    @Test
    void dialects_that_do_not_count_the_credentials_of_each_other_are_refused() {
        Dialect bearer = prefixed("one", "a_");
        Dialect header = prefixed("two", "b_").toBuilder()
                .carriers(Carrier.header("X-API-Key"))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PrefixRegistry.of(bearer, header))
                .withMessage("dialects must count the credentials of each other, but one does not count"
                        + " 'X-API-Key: <token>' of two: add it to carriersOfOtherDialects of one");
        Dialect counting = bearer.toBuilder()
                .carriersOfOtherDialects(Carrier.header("X-API-Key"))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PrefixRegistry.of(counting, header))
                .withMessageContaining("two does not count 'Authorization: Bearer <token>' of one");
        Dialect both =
                header.toBuilder().carriersOfOtherDialects(Carrier.bearer()).build();
        PrefixRegistry registry = PrefixRegistry.of(counting, both);
        AuthRequest two = new AuthRequest(
                "id", "GET", "/", null, name -> List.of(name.equals("Authorization") ? "Bearer a_x" : "b_x"));
        Dialect found = registry.find(two).orElseThrow();
        for (Dialect dialect : List.of(found, counting, both)) {
            assertThat(dialect.carriers().parse(two, dialect.formats())).isEqualTo(CredentialProblem.CREDENTIAL);
        }
        assertThat(counting.toBuilder().build().carriers().ofOtherDialects())
                .containsExactly(Carrier.header("X-API-Key"));
    }
}
