package school.lectern.auth.servlet;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;
import java.util.Enumeration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.http.TokenPrincipal;

/**
 * A request that a filter let pass. It makes the filter's exchange available through every wrapper around it, and has the token
 * as its principal.
 *
 * <p>If an inner wrapper already supplies a principal, as Spring Security's does, that principal is retained: handlers expect a
 * principal of that type.
 */
final class AuthenticatedRequest extends HttpServletRequestWrapper {

    /** The parameter that Spring, Rails, Laravel and others read. */
    private static final String METHOD_PARAMETER = "_method";

    private static final Set<String> METHOD_HEADERS =
            Set.of("x-http-method-override", "x-http-method", "x-method-override");

    private static final ClassValue<Boolean> ANSWERS_WHO_THE_USER_IS = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("getUserPrincipal").getDeclaringClass() != HttpServletRequestWrapper.class;
            } catch (NoSuchMethodException notOfHttp) {
                return false;
            }
        }
    };

    private final ServletExchange exchange;
    private final @Nullable TokenPrincipal principal;
    private final MethodOverride override;

    /** Receives a method that code behind the filter has read, and may execute in place of the request's own method. */
    interface MethodOverride {
        /**
         * Decides about the method.
         *
         * @throws RefusedOverrideException if the method is denied for this request
         */
        void read(HttpServletRequest request, String method);
    }

    AuthenticatedRequest(HttpServletRequest request, ServletExchange exchange, MethodOverride override) {
        super(request);
        this.exchange = exchange;
        this.principal = isAnsweredInside(request) ? null : exchange.principal();
        this.override = override;
    }

    private static boolean isAnsweredInside(ServletRequest request) {
        ServletRequest inner = request;
        while (inner instanceof ServletRequestWrapper wrapper) {
            if (!(wrapper instanceof AuthenticatedRequest) && ANSWERS_WHO_THE_USER_IS.get(wrapper.getClass())) {
                return true;
            }
            inner = wrapper.getRequest();
        }
        return false;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return name.equals(ServletExchange.ATTRIBUTE) ? exchange : super.getAttribute(name);
    }

    @Override
    public @Nullable Principal getUserPrincipal() {
        return principal == null ? super.getUserPrincipal() : principal;
    }

    @Override
    public @Nullable String getRemoteUser() {
        return principal == null ? super.getRemoteUser() : principal.getName();
    }

    @Override
    public @Nullable String getAuthType() {
        return principal == null ? super.getAuthType() : exchange.scheme();
    }

    /** A role is the name of a scope that the token has, or that its scopes imply. */
    @Override
    public boolean isUserInRole(String role) {
        return principal == null ? super.isUserInRole(role) : hasScope(principal, role);
    }

    private static boolean hasScope(TokenPrincipal principal, String role) {
        try {
            return principal.hasScope(role);
        } catch (IllegalArgumentException isNoScope) {
            return false;
        }
    }

    @Override
    public @Nullable String getHeader(String name) {
        String value = super.getHeader(name);
        readOverride(isMethodHeader(name), value);
        return value;
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        readOverride(isMethodHeader(name), isMethodHeader(name) ? super.getHeader(name) : null);
        return super.getHeaders(name);
    }

    @Override
    public @Nullable String getParameter(String name) {
        String value = super.getParameter(name);
        readOverride(METHOD_PARAMETER.equals(name), value);
        return value;
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
        readOverride(METHOD_PARAMETER.equals(name), METHOD_PARAMETER.equals(name) ? super.getParameter(name) : null);
        return super.getParameterValues(name);
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        Map<String, String[]> all = super.getParameterMap();
        String[] values = all.get(METHOD_PARAMETER);
        readOverride(true, values == null || values.length == 0 ? null : values[0]);
        return all;
    }

    private static boolean isMethodHeader(@Nullable String name) {
        return name != null
                && name.length() > 1
                && (name.charAt(0) == 'X' || name.charAt(0) == 'x')
                && METHOD_HEADERS.contains(name.toLowerCase(Locale.ROOT));
    }

    private void readOverride(boolean isOverride, @Nullable String method) {
        if (isOverride && method != null && "POST".equals(super.getMethod())) {
            override.read((HttpServletRequest) getRequest(), method.strip().toUpperCase(Locale.ROOT));
        }
    }
}
