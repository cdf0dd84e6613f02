package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sets the security of operations. A list of requirements has alternatives, and each alternative names schemes that must all
 * be met.
 */
final class OperationSecurity {

    private final List<List<String>> schemes;

    /** The requirements of operations that have none of their own. */
    private final List<SecurityRequirement> inherited;

    /**
     * @param schemes the names of the tokens' security schemes: alternatives, of which each names the schemes that must all
     *     be met
     * @param inherited the requirements of the whole description, or null if it has none
     */
    OperationSecurity(List<List<String>> schemes, @Nullable List<SecurityRequirement> inherited) {
        this.schemes = List.copyOf(schemes);
        this.inherited = inherited == null ? List.of() : List.copyOf(inherited);
    }

    /**
     * Requires a token, in addition to the requirements that the application has set for this operation.
     *
     * @param scopes the scopes of the token, by alternative
     */
    void require(Operation operation, List<List<String>> scopes) {
        List<SecurityRequirement> alternatives = new ArrayList<>();
        for (SecurityRequirement own : ownOr(operation, List.of(new SecurityRequirement()))) {
            for (List<String> names : schemes) {
                for (List<String> needed : scopes) {
                    SecurityRequirement both = new SecurityRequirement();
                    both.putAll(own);
                    names.forEach(name -> both.put(name, needed));
                    if (!alternatives.contains(both)) {
                        alternatives.add(both);
                    }
                }
            }
        }
        operation.setSecurity(alternatives);
    }

    /**
     * Accepts a token as an alternative to the requirements of the application, or to no credential if it has no requirement.
     *
     * @param scopes the scopes of the token, by alternative
     */
    void accept(Operation operation, List<List<String>> scopes) {
        List<SecurityRequirement> others = inherited.isEmpty() ? List.of(new SecurityRequirement()) : inherited;
        List<SecurityRequirement> alternatives = new ArrayList<>(ownOr(operation, others));
        alternatives.removeIf(this::isTokenAlone);
        schemes.forEach(names -> scopes.forEach(needed -> {
            SecurityRequirement token = new SecurityRequirement();
            names.forEach(name -> token.addList(name, needed));
            alternatives.add(token);
        }));
        operation.setSecurity(alternatives);
    }

    /** Removes the requirement of a token that the operation inherits. Another one, of the application, remains. */
    void open(Operation operation) {
        if (operation.getSecurity() == null && inherited.stream().allMatch(this::isTokenAlone)) {
            operation.setSecurity(List.of());
        }
    }

    private boolean isTokenAlone(SecurityRequirement alternative) {
        return schemes.stream().anyMatch(names -> alternative.keySet().equals(Set.copyOf(names)));
    }

    private static List<SecurityRequirement> ownOr(Operation operation, List<SecurityRequirement> others) {
        List<SecurityRequirement> own = Objects.requireNonNullElse(operation.getSecurity(), List.of());
        return own.isEmpty() ? others : own;
    }
}
