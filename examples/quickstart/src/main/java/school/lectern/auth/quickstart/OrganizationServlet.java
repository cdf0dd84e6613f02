package school.lectern.auth.quickstart;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Dispatches the paths below an organization to the handlers. A servlet mapping cannot distinguish its tokens from its courses,
 * because the paths differ only after the organization's id.
 */
final class OrganizationServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private final HttpServlet management;
    private final HttpServlet courses;

    OrganizationServlet(HttpServlet management, HttpServlet courses) {
        this.management = management;
        this.courses = courses;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        String[] segments = path.split("/", 4);
        boolean isCourses = segments.length > 2 && segments[2].equals(LearnHouseApi.COURSES);
        (isCourses ? courses : management).service(request, response);
    }
}
