package school.lectern.auth.quickstart;

import jakarta.servlet.http.HttpServlet;
import java.util.Map;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.servlet.ManagementServlet;
import school.lectern.auth.spi.AuditLog;

/**
 * One of the example's four APIs.
 *
 * @param dialect whose tokens guard it
 * @param rules what each route needs
 * @param handlers who answers: path of a servlet mapping → servlet
 * @param sample what is printed at the start to be tried
 */
record Api(Dialect dialect, RouteRules rules, Map<String, HttpServlet> handlers, Sample sample) {

    /**
     * A token, something that it may do, and something that it may not.
     *
     * @param draft the body of the request that makes the token
     * @param allowed the path of a {@code GET} that it may do
     * @param deniedPath the path of a {@code POST} that it may not do
     * @param deniedWhy what that is refused for
     */
    record Sample(String draft, String allowed, String deniedPath, String deniedWhy) {}

    /** The API of that dialect; {@code Settings} has made sure that there is one. */
    static Api of(String dialect, Tenants tenants, AuditLog audit) {
        return switch (dialect) {
            case "learncoin" -> LearnCoinApi.create(tenants);
            case "teacharium" -> TeachariumApi.create();
            case "learnhouse" -> LearnHouseApi.create();
            default -> LecternApi.create(audit);
        };
    }

    /** The rules that all four begin with: the health check, and the management API, which asks for itself who calls. */
    static RouteRules.Builder rulesOfAll() {
        RouteRules.Builder rules = RouteRules.builder().permitAll("GET", "/health");
        ManagementServlet.ROUTES.forEach(route -> rules.permitAll("*", route));
        return rules;
    }
}
