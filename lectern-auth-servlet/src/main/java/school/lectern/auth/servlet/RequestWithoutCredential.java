package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.Carriers;

/** A request whose token code behind the filter cannot see: not in a header, the query, a parameter or an attribute. */
final class RequestWithoutCredential extends HttpServletRequestWrapper {

    /** The attributes with the query of the request that was forwarded, included, dispatched or failed. */
    private static final Set<String> QUERIES = Set.of(
            "jakarta.servlet.forward.query_string",
            "jakarta.servlet.include.query_string",
            "jakarta.servlet.async.query_string",
            "jakarta.servlet.error.query_string");

    private final Carriers carriers;

    RequestWithoutCredential(HttpServletRequest request, Carriers carriers) {
        super(request);
        this.carriers = carriers;
    }

    @Override
    public @Nullable String getHeader(String name) {
        Enumeration<String> shown = getHeaders(name);
        return shown != null && shown.hasMoreElements() ? shown.nextElement() : null;
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        Enumeration<String> sent = super.getHeaders(name);
        return name == null || sent == null || carriers.headerNames().stream().noneMatch(name::equalsIgnoreCase)
                ? sent
                : Collections.enumeration(Collections.list(sent).stream()
                        .filter(value -> !carriers.isSecret(name, value))
                        .toList());
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        Enumeration<String> sent = super.getHeaderNames();
        // A container that does not show the names returns null.
        return sent == null
                ? sent
                : Collections.enumeration(Collections.list(sent).stream()
                        .filter(name -> getHeader(name) != null)
                        .toList());
    }

    @Override
    public long getDateHeader(String name) {
        return getHeader(name) == null ? -1 : super.getDateHeader(name);
    }

    @Override
    public int getIntHeader(String name) {
        return getHeader(name) == null ? -1 : super.getIntHeader(name);
    }

    @Override
    public @Nullable String getQueryString() {
        return carriers.withoutTokens(super.getQueryString());
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        Object value = super.getAttribute(name);
        return value instanceof String query && QUERIES.contains(name) ? carriers.withoutTokens(query) : value;
    }

    @Override
    public @Nullable String getParameter(String name) {
        String[] shown = getParameterValues(name);
        return shown == null ? null : shown[0];
    }

    /** Hides every value of the parameter: a container does not distinguish those of the query from those of the body. */
    @Override
    public String @Nullable [] getParameterValues(String name) {
        return carriers.parameterNames().contains(name) ? null : super.getParameterValues(name);
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return Collections.enumeration(Collections.list(super.getParameterNames()).stream()
                .filter(Predicate.not(carriers.parameterNames()::contains))
                .toList());
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        Map<String, String[]> shown = new LinkedHashMap<>(super.getParameterMap());
        carriers.parameterNames().forEach(shown::remove);
        return Collections.unmodifiableMap(shown);
    }
}
