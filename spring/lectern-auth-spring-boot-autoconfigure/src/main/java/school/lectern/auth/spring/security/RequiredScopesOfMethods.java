package school.lectern.auth.spring.security;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.authorization.ReactiveAuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.stereotype.Controller;
import reactor.core.publisher.Mono;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiredScopes;
import school.lectern.auth.spring.web.RequiresScope;

/**
 * Enforces {@link RequiresScope} on methods of beans that are not controllers, such as services, as method security enforces
 * {@code @PreAuthorize}. Controllers are guarded by their routes. It is an authorization manager of its own, and not a meta
 * annotation, because Spring Security refuses a method with two {@code @PreAuthorize}, of which one could be the application's.
 * Thread-safe.
 */
public final class RequiredScopesOfMethods implements AuthorizationManager<MethodInvocation> {

    private final RequiredScopes scopes = new RequiredScopes();
    private final String authorityPrefix;

    /**
     * Creates an authorization manager.
     *
     * @param authorityPrefix the prefix that makes a scope an authority, for the denial
     */
    public RequiredScopesOfMethods(String authorityPrefix) {
        this.authorityPrefix = authorityPrefix;
    }

    /** {@return the methods that have the annotation, or whose class has it} */
    public static Pointcut pointcut() {
        return new StaticMethodMatcherPointcut() {
            @Override
            public boolean matches(Method method, Class<?> type) {
                return !AnnotatedElementUtils.hasAnnotation(type, Controller.class)
                        && RequiredScopes.isAnnotated(method, type);
            }
        };
    }

    @Override
    public AuthorizationResult authorize(
            Supplier<? extends @Nullable Authentication> authentication, MethodInvocation call) {
        return decide(authentication.get(), call);
    }

    /** {@return the same for methods that return a publisher} */
    public ReactiveAuthorizationManager<MethodInvocation> reactive() {
        return (authentication, call) -> authentication
                .map(known -> decide(known, call))
                .switchIfEmpty(Mono.fromSupplier(() -> decide(null, call)));
    }

    private AuthorizationResult decide(@Nullable Authentication authentication, MethodInvocation call) {
        Requirement needed = requirementOf(call).orElseThrow();
        boolean holds = authentication != null
                && authentication.getPrincipal() instanceof TokenPrincipal caller
                && caller.insufficientScope(needed).isEmpty();
        List<GrantedAuthority> authorities = needed.scopes().scopes().stream()
                .<GrantedAuthority>map(scope -> new SimpleGrantedAuthority(authorityPrefix + scope))
                .toList();
        return new RequiredScopesDecision(holds, authorities, needed.scopes());
    }

    private Optional<Requirement> requirementOf(MethodInvocation call) {
        Object target = call.getThis();
        Class<?> type = target == null ? call.getMethod().getDeclaringClass() : AopUtils.getTargetClass(target);
        return scopes.requirementOf(call.getMethod(), type);
    }
}
