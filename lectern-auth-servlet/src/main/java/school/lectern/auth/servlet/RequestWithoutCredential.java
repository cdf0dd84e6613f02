package school.lectern.auth.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.PushBuilder;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.Carriers;

/**
 * A request whose token code behind the filter cannot see: not in a header, the query, a parameter, an attribute or an
 * asynchronous context. Nothing is hidden before a token is admitted: that may be at the handler, if a filter has changed
 * the path.
 */
final class RequestWithoutCredential extends HttpServletRequestWrapper {

    /** The attributes with the query of the request that was forwarded, included, dispatched or failed. */
    private static final Set<String> QUERIES = Set.of(
            "jakarta.servlet.forward.query_string",
            "jakarta.servlet.include.query_string",
            "jakarta.servlet.async.query_string",
            "jakarta.servlet.error.query_string");

    private final Carriers carriers;
    private final BooleanSupplier isAdmitted;

    /** @param isAdmitted returns whether a token of the request was admitted */
    RequestWithoutCredential(HttpServletRequest request, Carriers carriers, BooleanSupplier isAdmitted) {
        super(request);
        this.carriers = carriers;
        this.isAdmitted = isAdmitted;
    }

    @Override
    public @Nullable String getHeader(String name) {
        Enumeration<String> shown = getHeaders(name);
        return shown != null && shown.hasMoreElements() ? shown.nextElement() : null;
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        Enumeration<String> sent = super.getHeaders(name);
        return name == null || sent == null || !isAdmitted.getAsBoolean()
                ? sent
                : Collections.enumeration(Collections.list(sent).stream()
                        .map(value -> carriers.withoutTokens(name, value))
                        .filter(Objects::nonNull)
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
        return withoutTokens(super.getQueryString());
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        Object value = super.getAttribute(name);
        return value instanceof String query && QUERIES.contains(name) ? withoutTokens(query) : value;
    }

    private @Nullable String withoutTokens(@Nullable String query) {
        return isAdmitted.getAsBoolean() ? carriers.withoutTokens(query) : query;
    }

    private boolean isHidden(String parameter) {
        return carriers.parameterNames().contains(parameter) && isAdmitted.getAsBoolean();
    }

    @Override
    public @Nullable String getParameter(String name) {
        String[] shown = getParameterValues(name);
        return shown == null ? null : shown[0];
    }

    /** Hides every value of the parameter: a container does not distinguish those of the query from those of the body. */
    @Override
    public String @Nullable [] getParameterValues(String name) {
        return isHidden(name) ? null : super.getParameterValues(name);
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return Collections.enumeration(Collections.list(super.getParameterNames()).stream()
                .filter(Predicate.not(this::isHidden))
                .toList());
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        Map<String, String[]> shown = new LinkedHashMap<>(super.getParameterMap());
        shown.keySet().removeIf(this::isHidden);
        return Collections.unmodifiableMap(shown);
    }

    /**
     * Returns null, as a container without server push does: the pushed request would have the token. Browsers no longer use
     * it.
     */
    @Override
    @SuppressWarnings("removal")
    public @Nullable PushBuilder newPushBuilder() {
        return isAdmitted.getAsBoolean() ? null : super.newPushBuilder();
    }

    @Override
    public AsyncContext startAsync() {
        return hiding(super.startAsync());
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        return hiding(super.startAsync(request, response));
    }

    @Override
    public AsyncContext getAsyncContext() {
        return hiding(super.getAsyncContext());
    }

    private AsyncContext hiding(AsyncContext started) {
        return new AsyncContextWithoutCredential(started, this);
    }
}
