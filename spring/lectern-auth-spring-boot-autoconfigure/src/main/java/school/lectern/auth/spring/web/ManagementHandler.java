package school.lectern.auth.spring.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.HttpRequestHandler;
import school.lectern.auth.servlet.ManagementServlet;

/**
 * The {@link ManagementServlet} as a handler of Spring MVC, which can be mapped to the paths of the management API alone. A
 * servlet would also take the paths of the application that begin in the same way. Thread-safe.
 */
public final class ManagementHandler implements HttpRequestHandler {

    private final ManagementServlet servlet;
    private final String prefix;

    /**
     * Creates a handler.
     *
     * @param servlet the management API
     * @param prefix the path in the application below which this handler is mapped, without a slash at its end
     */
    public ManagementHandler(ManagementServlet servlet, String prefix) {
        this.servlet = servlet;
        this.prefix = prefix;
    }

    @Override
    public void handleRequest(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        servlet.service(new AsMapped(request), response);
    }

    /** The request as a servlet sees it that is mapped below the prefix. */
    private final class AsMapped extends HttpServletRequestWrapper {
        AsMapped(HttpServletRequest request) {
            super(request);
        }

        @Override
        public String getServletPath() {
            return prefix;
        }

        @Override
        public String getPathInfo() {
            String info = super.getPathInfo();
            String path = info == null ? super.getServletPath() : super.getServletPath() + info;
            return path.startsWith(prefix + "/") ? path.substring(prefix.length()) : "/";
        }
    }
}
