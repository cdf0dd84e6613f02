package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

class TokenTest {

    private static final Instant NOW = Instant.parse("2026-05-07T13:23:30Z");

    private static final StoredToken ROW = StoredToken.builder("apitoken_1", "123", TokenEnvironment.LIVE, "CI", NOW)
            .secret("selector", TokenHash.of("sha256", "ab"))
            .prefix("sk_live_")
            .number(7)
            .build();

    @Test
    void tokens_are_equal_if_an_application_reads_the_same_from_them() {
        StoredToken renewed = ROW.toBuilder()
                .number(0)
                .revision(3)
                .prefix("rk_live_")
                .secret("another", TokenHash.of("sha256", "cd"))
                .build();

        assertThat(Token.of(renewed)).isEqualTo(Token.of(ROW)).hasSameHashCodeAs(Token.of(ROW));
    }

    @Test
    void tokens_differ_if_a_setting_or_a_state_differs() {
        for (StoredToken other : List.of(
                ROW.toBuilder().name("CI 2").build(),
                ROW.toBuilder().scopes(ScopeSet.parse("read:learners")).build(),
                ROW.toBuilder().metadata(Map.of("team", "a")).build(),
                ROW.toBuilder().revokedAt(NOW).build(),
                ROW.toBuilder().lastUsedAt(NOW).build(),
                ROW.toBuilder().tenantSuspended(true).build())) {
            assertThat(Token.of(other)).isNotEqualTo(Token.of(ROW));
        }
    }
}
