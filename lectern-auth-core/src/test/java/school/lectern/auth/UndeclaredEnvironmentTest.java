package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.token.IssuedToken;

/** A token that the configuration of a node cannot understand is an outage of that node, and no invalid credential. */
class UndeclaredEnvironmentTest {

    private static final TokenEnvironment PRODUCTION = TokenEnvironment.of("production");

    private static final TokenFormat UNNAMED = TokenFormat.builder()
            .prefix("acme_")
            .body(TokenBody.of(TokenBody.BASE62, 32))
            .build();

    private static final Dialect UNNAMED_BEFORE = Lectern.DIALECT.toBuilder()
            .format(UNNAMED)
            .environments(PRODUCTION, TokenEnvironment.LIVE)
            .build();

    private static Dialect named(TokenEnvironment environment) {
        return Lectern.DIALECT.toBuilder()
                .format(TokenFormat.builder()
                        .prefix(environment, "acme_")
                        .body(TokenBody.of(TokenBody.BASE62, 32))
                        .build())
                .build();
    }

    private static Kind answer(Dialect issuing, Dialect deciding, TokenEnvironment environment, boolean rightSecret) {
        try (Fixture before = new Fixture(issuing);
                Fixture now = new Fixture(deciding, settings -> settings.tokens(before.tokens))) {
            IssuedToken token = before.issue(Fixture.settings().environment(environment));
            before.allowed(Ask.with(token));
            return now.refusal(Ask.with(rightSecret ? token.secret() : Fixture.wrong(token)));
        }
    }

    @Test
    void a_token_of_an_environment_that_the_dialect_no_longer_declares_is_a_server_error() {
        Dialect unnamedNow = Lectern.DIALECT.toBuilder().format(UNNAMED).build();
        assertThat(answer(UNNAMED_BEFORE, unnamedNow, PRODUCTION, true)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(answer(named(PRODUCTION), named(TokenEnvironment.LIVE), PRODUCTION, true))
                .isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void a_wrong_secret_does_not_reveal_it() {
        assertThat(answer(named(PRODUCTION), named(TokenEnvironment.LIVE), PRODUCTION, false))
                .isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void a_prefix_of_another_declared_environment_is_that_of_an_unknown_token() {
        Dialect both = Lectern.DIALECT.toBuilder()
                .format(TokenFormat.builder()
                        .prefix(TokenEnvironment.LIVE, "acme_")
                        .prefix(PRODUCTION, "acme2_")
                        .body(TokenBody.of(TokenBody.BASE62, 32))
                        .build())
                .build();
        assertThat(answer(named(PRODUCTION), both, PRODUCTION, true)).isEqualTo(Kind.UNKNOWN_TOKEN);
    }
}
