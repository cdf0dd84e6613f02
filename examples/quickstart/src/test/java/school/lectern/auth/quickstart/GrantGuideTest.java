package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;

/** The guide's Java code compiles, and its grant has the bounds that the guide describes. */
class GrantGuideTest {

    private static final Guide GUIDE = Guide.of("docs/grants.md");

    private final LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
            .tokens(new InMemoryTokenStore(new InMemoryAuditLog()))
            .open();

    @AfterEach
    void close() {
        auth.close();
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), GrantExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(1);
        GUIDE.isReadable();
    }

    private static NewToken settings() {
        return NewToken.named("CI")
                .name("CI")
                .scopes(ScopeSet.parse("read:learners"))
                .allowlist(IpAllowlist.of(List.of(IpRange.parse("203.0.113.7"))))
                .expiresAt(Instant.now().plus(Duration.ofDays(30)))
                .rateLimits(Map.of("read", 500L));
    }

    private Outcome<IssuedToken> issue(TokenEnvironment environment, NewToken settings) {
        return auth.tenant("123").tokens().actingAs(GrantExamples.ada()).issue(settings.environment(environment));
    }

    @Test
    void the_grant_covers_what_the_guide_says() {
        assertThat(issue(TokenEnvironment.TEST, settings())).isInstanceOf(Outcome.Done.class);
        forbidden(issue(TokenEnvironment.LIVE, settings()));
        for (NewToken beyond : List.of(
                settings().scopes(ScopeSet.parse("write:learners")),
                settings().anyAddress(),
                settings().neverExpires(),
                settings().expiresAt(Instant.now().plus(Duration.ofDays(91))),
                settings().rateLimits(Map.of("read", 501L)),
                settings().rateLimits(Map.of("write", 61L)))) {
            forbidden(issue(TokenEnvironment.TEST, beyond));
        }
    }

    private static void forbidden(Outcome<?> outcome) {
        assertThat(((Outcome.Refused<?>) outcome).error().kind()).isEqualTo(Kind.FORBIDDEN);
    }
}
