package school.lectern.auth.quickstart;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.servlet.ManagementServlet;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;

/** The lines of Java of docs/management-api.md. {@link ManagementGuideTest} compares the two. */
final class ManagementExamples {

    private ManagementExamples() {}

    static void serve(
            ServletContext servletContext, LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants) {
        ManagementServlet management = new ManagementServlet(auth, authority, tenants);
        ServletRegistration.Dynamic servlet = servletContext.addServlet("management", management);
        servlet.addMapping("/api/v1/orgs/*");
        LecternAuthFilter.register(servletContext, auth, routes -> {
            routes.guard("GET", "/v1/learners/{id}", "read:learners");
            ManagementServlet.ROUTES.forEach(path -> routes.permitAll("*", path));
        });
    }
}
