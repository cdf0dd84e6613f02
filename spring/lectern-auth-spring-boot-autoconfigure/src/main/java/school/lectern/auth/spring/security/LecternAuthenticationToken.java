package school.lectern.auth.spring.security;

import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.Transient;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import school.lectern.auth.http.TokenPrincipal;

/**
 * The authentication of a request by an API token. Its principal is the {@link TokenPrincipal}, and its authorities are the
 * token's scopes and the scopes that these imply in the dialect, such as {@code SCOPE_read:learners}. A stored scope that the
 * dialect does not have is not an authority. It has no credentials, since the secret never leaves the library, and is never
 * stored in a session: each request is authenticated again.
 */
@Transient
public final class LecternAuthenticationToken extends AbstractAuthenticationToken {

    private static final long serialVersionUID = 1L;

    private final transient TokenPrincipal principal;

    /**
     * Creates the authentication of a verified token.
     *
     * @param principal the token
     * @param authorityPrefix the prefix that makes a scope an authority
     */
    public LecternAuthenticationToken(TokenPrincipal principal, String authorityPrefix) {
        super(authorities(principal, authorityPrefix));
        this.principal = principal;
        setAuthenticated(true);
    }

    private static Collection<? extends GrantedAuthority> authorities(TokenPrincipal principal, String prefix) {
        return principal.effectiveScopes().scopes().stream()
                .map(scope -> new SimpleGrantedAuthority(prefix + scope))
                .toList();
    }

    @Override
    public TokenPrincipal getPrincipal() {
        return principal;
    }

    /** {@return the token's id} */
    @Override
    public String getName() {
        return principal.getName();
    }

    /** {@return null: the secret is not available} */
    @Override
    public @Nullable Object getCredentials() {
        return null;
    }
}
