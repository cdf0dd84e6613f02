package school.lectern.auth.spring.security;

import java.util.stream.Stream;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorityAuthorizationDecision;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.GrantedAuthority;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.scope.Scope;

/**
 * Says in the words of the dialect why Spring Security denied a token.
 *
 * @param auth the instance whose dialect has the scopes
 * @param authorityPrefix the prefix that makes a scope an authority
 */
record DeniedScopes(LecternAuth auth, String authorityPrefix) {

    /** Returns the error for missing scopes if the denial names authorities that are scopes, or else one without a reason. */
    AuthError error(AccessDeniedException denied, TokenPrincipal principal) {
        String[] scopes = required(denied)
                .filter(scope -> auth.dialect().scopes().scope(scope).isPresent())
                .toArray(String[]::new);
        return scopes.length == 0
                ? AuthError.of(AuthError.Kind.FORBIDDEN)
                : Requirement.scopes(scopes)
                        .insufficientScope(
                                principal.token().scopes(), auth.dialect().scopes());
    }

    private Stream<String> required(AccessDeniedException denied) {
        AuthorizationResult result = denied instanceof AuthorizationDeniedException authorization
                ? authorization.getAuthorizationResult()
                : null;
        if (result instanceof RequiredScopesDecision decision) {
            return decision.scopes().scopes().stream().map(Scope::toString);
        }
        return result instanceof AuthorityAuthorizationDecision decision
                ? decision.getAuthorities().stream()
                        .map(GrantedAuthority::getAuthority)
                        .filter(authority -> authority != null && authority.startsWith(authorityPrefix))
                        .map(authority -> authority.substring(authorityPrefix.length()))
                : Stream.empty();
    }
}
