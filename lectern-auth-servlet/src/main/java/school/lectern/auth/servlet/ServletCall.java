package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.http.HttpCall;

/**
 * A request as it appears at one place in the filter chain, through the wrappers of the filters before.
 *
 * @param request the request at that place
 */
record ServletCall(HttpServletRequest request) implements HttpCall {

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public @Nullable String rawPath() {
        return request.getRequestURI();
    }

    @Override
    public @Nullable String rawQuery() {
        return request.getQueryString();
    }

    @Override
    public String contextPath() {
        return request.getContextPath() == null ? "" : request.getContextPath();
    }

    @Override
    public String path() {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }

    @Override
    public @Nullable String peer() {
        return request.getRemoteAddr();
    }

    @Override
    public boolean isSecure() {
        return request.isSecure();
    }

    @Override
    public List<String> headers(String name) {
        Enumeration<String> values = request.getHeaders(name);
        return values == null ? List.of() : Collections.list(values);
    }

    @Override
    public InputStream body() throws IOException {
        return request.getInputStream();
    }

    /** Does not contain the path, which is text from the client and may contain a secret. */
    @Override
    public String toString() {
        return "ServletCall";
    }
}
