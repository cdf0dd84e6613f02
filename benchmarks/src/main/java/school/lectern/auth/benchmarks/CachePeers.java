package school.lectern.auth.benchmarks;

import com.codahale.metrics.MetricRegistry;
import com.github.benmanes.caffeine.cache.CaffeineSpec;
import io.dropwizard.auth.AuthenticationException;
import io.dropwizard.auth.CachingAuthenticator;
import java.security.Principal;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.shiro.authc.AuthenticationInfo;
import org.apache.shiro.authc.AuthenticationToken;
import org.apache.shiro.authc.BearerToken;
import org.apache.shiro.authc.SimpleAuthenticationInfo;
import org.apache.shiro.cache.MemoryConstrainedCacheManager;
import org.apache.shiro.mgt.DefaultSecurityManager;
import org.apache.shiro.realm.AuthenticatingRealm;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Libraries that put a cache in front of the verification of a token. All results are cached before the measurement. */
@State(Scope.Benchmark)
public class CachePeers {

    private static final String SCHEME = "Bearer ";

    private final Set<String> known = new HashSet<>();
    private String[] headers;
    private CachingAuthenticator<String, Principal> dropwizard;
    private DefaultSecurityManager shiro;

    private record Client(String getName) implements Principal {
        @Override
        public String getName() {
            return getName;
        }
    }

    /** A realm with all tokens in memory. Its base class has the cache. */
    private final class Realm extends AuthenticatingRealm {
        Realm() {
            super(new MemoryConstrainedCacheManager());
            setAuthenticationTokenClass(BearerToken.class);
            setAuthenticationCachingEnabled(true);
        }

        @Override
        protected AuthenticationInfo doGetAuthenticationInfo(AuthenticationToken token) {
            String text = ((BearerToken) token).getToken();
            return known.contains(text) ? new SimpleAuthenticationInfo(text, text, getName()) : null;
        }
    }

    /** Verifies each token once, so that it is cached. */
    @Setup
    public void setUp(Tokens tokens) {
        headers = tokens.headers();
        for (int i = 0; i < headers.length; i++) {
            known.add(tokens.characters(i));
        }
        dropwizard = new CachingAuthenticator<>(
                new MetricRegistry(),
                token -> known.contains(token) ? Optional.of(new Client("123")) : Optional.empty(),
                CaffeineSpec.parse("maximumSize=" + 4L * headers.length + ", expireAfterAccess=10m"));
        shiro = new DefaultSecurityManager(new Realm());
        for (int i = 0; i < headers.length; i++) {
            Tokens.require(dropwizard(i).isPresent(), "dropwizard");
            Tokens.require(shiro(i) != null, "shiro");
        }
        Tokens.require(dropwizard("sk_unknown").isEmpty(), "dropwizard");
        Tokens.requireThrows(() -> shiro.authenticate(new BearerToken("sk_unknown")), "shiro");
    }

    Optional<Principal> dropwizard(int i) {
        return dropwizard(token(i));
    }

    private Optional<Principal> dropwizard(String token) {
        try {
            return dropwizard.authenticate(token);
        } catch (AuthenticationException broken) {
            throw new IllegalStateException(broken);
        }
    }

    AuthenticationInfo shiro(int i) {
        return shiro.authenticate(new BearerToken(token(i)));
    }

    /**
     * Returns a token that is cut from the header, as in a server. A string that was used before would have its hash code
     * cached, and would be the same object as the cache's key.
     */
    private String token(int i) {
        return headers[i].substring(SCHEME.length());
    }
}
