package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.SpecVersion;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.List;
import java.util.Map;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.beans.factory.ListableBeanFactory;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;

/**
 * Adds the security schemes to an OpenAPI description, and to each operation the requirement of its rule and the responses to
 * denied requests. The application's own descriptions are not replaced, and a second call changes nothing.
 */
final class TokenOpenApiCustomizer implements GlobalOpenApiCustomizer {

    /** The name of the security scheme, or of the first one. */
    static final String SCHEME = "lecternToken";

    /** A handler that no rule names cannot be reached: with a token, the response is 404. */
    private static final Requirement CLOSED = Requirement.refused(AuthError.of(AuthError.Kind.NOT_FOUND));

    private final ListableBeanFactory beans;
    private final String prefix;

    /**
     * @param beans the application, whose rules are read for each description, since springdoc is created before they are
     * @param prefix the path of the DispatcherServlet, which the paths of a description do not start with
     */
    TokenOpenApiCustomizer(ListableBeanFactory beans, String prefix) {
        this.beans = beans;
        this.prefix = prefix;
    }

    @Override
    public void customise(OpenAPI description) {
        GuardedPaths guarded = GuardedPaths.of(beans);
        if (guarded == GuardedPaths.NONE || description.getPaths() == null) {
            return;
        }
        Dialect dialect = beans.getBean(LecternAuth.class).dialect();
        List<Map<String, SecurityScheme>> schemes = new TokenSchemes(dialect).byCarrier();
        schemes.forEach(alternative -> addSchemes(description, alternative));
        Operations operations = new Operations(
                beans.getBean(RouteRules.class),
                guarded,
                new OperationSecurity(
                        schemes.stream()
                                .map(alternative -> List.copyOf(alternative.keySet()))
                                .toList(),
                        description.getSecurity()),
                new DenialResponses(dialect),
                description.getSpecVersion() != SpecVersion.V30);
        description
                .getPaths()
                .forEach((path, item) -> item.readOperationsMap()
                        .forEach((method, operation) -> operations.describe(operation, method.name(), prefix + path)));
    }

    /**
     * The operations of one description.
     *
     * @param namesScopes whether a requirement of a scheme other than OAuth 2.0 can name scopes, which OpenAPI 3.0 forbids
     */
    private record Operations(
            RouteRules rules,
            GuardedPaths guarded,
            OperationSecurity security,
            DenialResponses denials,
            boolean namesScopes) {

        void describe(Operation operation, String method, String path) {
            if (!rules.names(method, path)) {
                if (guarded == GuardedPaths.ALL) {
                    security.require(operation, List.of(List.of()));
                    denials.addTo(operation, method, CLOSED);
                }
                return;
            }
            rules.requirement(method, path)
                    .ifPresentOrElse(
                            needed -> describe(operation, method, needed, rules.guards(method, path)),
                            () -> security.open(operation));
        }

        private void describe(Operation operation, String method, Requirement needed, boolean isGuarded) {
            List<List<String>> scopes = namesScopes
                    ? needed.alternatives().stream()
                            .map(TokenOpenApiCustomizer::names)
                            .toList()
                    : List.of(List.of());
            if (isGuarded) {
                security.require(operation, scopes);
            } else {
                security.accept(operation, scopes);
            }
            denials.addTo(operation, method, needed);
        }
    }

    private static List<String> names(ScopeSet scopes) {
        return scopes.scopes().stream().map(Scope::name).toList();
    }

    private static void addSchemes(OpenAPI description, Map<String, SecurityScheme> schemes) {
        if (description.getComponents() == null) {
            description.setComponents(new Components());
        }
        Components components = description.getComponents();
        schemes.forEach((name, scheme) -> {
            if (components.getSecuritySchemes() == null
                    || !components.getSecuritySchemes().containsKey(name)) {
                components.addSecuritySchemes(name, scheme);
            }
        });
    }
}
