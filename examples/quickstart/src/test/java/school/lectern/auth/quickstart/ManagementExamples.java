package school.lectern.auth.quickstart;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.Optional;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.servlet.ManagementServlet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;

/** The lines of Java of docs/management-api.md. {@link ManagementGuideTest} compares the two. */
final class ManagementExamples {

    private ManagementExamples() {}

    static ManagementAuthority administrators() {
        ManagementAuthority authority = request -> userOf(request)
                .map(user -> ManagementAuthority.Caller.of(
                        user, (organization, permission) -> isAdministrator(user, organization), Grant.everything()));
        return authority;
    }

    static TenantDirectory organizations() {
        TenantDirectory tenants = id -> exists(id) ? Optional.of(new Tenant(id, null)) : Optional.empty();
        return tenants;
    }

    private static Optional<String> userOf(AuthRequest request) {
        return request.header("X-User").stream().findFirst();
    }

    private static boolean isAdministrator(String user, String organization) {
        return user.equals("ada") && exists(organization);
    }

    private static boolean exists(String organization) {
        return organization.equals("123");
    }

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
