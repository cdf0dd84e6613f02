package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;

/**
 * Makes its container do the same work as the library's filter does: read a request header, set the same response headers, and
 * pass a principal to the handler. It does not authenticate. If a server is slower with this filter than without a filter, a
 * faster authentication cannot change that.
 */
final class PlainFilter implements Filter {

    private static final String NAME = "-".repeat(36);
    private static final Principal NOBODY = () -> NAME;

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest asked = (HttpServletRequest) request;
        HttpServletResponse answer = (HttpServletResponse) response;
        if (asked.getHeader("Authorization") == null) {
            answer.sendError(401);
            return;
        }
        asked.setAttribute(PlainFilter.class.getName(), NOBODY);
        answer.setHeader("X-Request-Id", "req_5q1x9k2c7t4m0ab");
        answer.setHeader("X-RateLimit-Limit", "1000000000");
        answer.setHeader("X-RateLimit-Remaining", "999999999");
        answer.setHeader("X-RateLimit-Reset", "2026-11-27T13:00:00Z");
        chain.doFilter(
                new HttpServletRequestWrapper(asked) {
                    @Override
                    public Principal getUserPrincipal() {
                        return NOBODY;
                    }
                },
                response);
    }
}
