package school.lectern.auth.spring.security;

import java.util.Collection;
import org.springframework.security.authorization.AuthorityAuthorizationDecision;
import org.springframework.security.core.GrantedAuthority;
import school.lectern.auth.scope.ScopeSet;

/** A decision that names its scopes, since a chain may have another prefix than the decision's authorities. */
final class RequiredScopesDecision extends AuthorityAuthorizationDecision {

    private static final long serialVersionUID = 1L;

    private final transient ScopeSet scopes;

    RequiredScopesDecision(boolean granted, Collection<GrantedAuthority> authorities, ScopeSet scopes) {
        super(granted, authorities);
        this.scopes = scopes;
    }

    ScopeSet scopes() {
        return scopes;
    }
}
