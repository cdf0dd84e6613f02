package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No method has a type of springdoc in its signature, since most tests run without it. */
@Tag("springdoc")
class OperationSecurityTest {

    private static final List<List<String>> EITHER = List.of(List.of("repo"), List.of("public_repo", "read:org"));

    private static Object token(String... scopes) {
        return new SecurityRequirement().addList("token", List.of(scopes));
    }

    @Test
    void alternatives_of_scopes_are_alternatives_of_the_operation() {
        Operation operation = new Operation();
        new OperationSecurity(List.of(List.of("token")), null).require(operation, EITHER);
        assertThat(List.<Object>copyOf(operation.getSecurity()))
                .containsExactly(token("repo"), token("public_repo", "read:org"));
    }

    @Test
    void a_token_in_two_headers_needs_both() {
        OperationSecurity parts = new OperationSecurity(List.of(List.of("id", "secret"), List.of("token")), null);
        Operation operation = new Operation();
        parts.require(operation, List.of(List.of()));
        SecurityRequirement both =
                new SecurityRequirement().addList("id", List.of()).addList("secret", List.of());
        assertThat(List.<Object>copyOf(operation.getSecurity())).containsExactly(both, token());
        parts.accept(operation, List.of(List.of()));
        assertThat(List.<Object>copyOf(operation.getSecurity())).containsExactly(both, token());
    }

    @Test
    void accepted_tokens_are_alternatives_beside_the_applications_own() {
        Operation operation = new Operation().addSecurityItem(new SecurityRequirement().addList("session"));
        new OperationSecurity(List.of(List.of("token")), null).accept(operation, EITHER);
        assertThat(List.<Object>copyOf(operation.getSecurity()))
                .containsExactly(
                        new SecurityRequirement().addList("session"), token("repo"), token("public_repo", "read:org"));
    }
}
