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
 * @param dialect the dialect of its tokens
 * @param rules the requirements of each route
 * @param handlers path of a servlet mapping → servlet
 * @param sample the sample commands that are printed at the start
 */
record Api(Dialect dialect, RouteRules rules, Map<String, HttpServlet> handlers, Sample sample) {

    /**
     * A token, a request that it allows, and a request that it does not allow.
     *
     * @param draft the body of the request that creates the token
     * @param allowed the path of a {@code GET} request that is allowed
     * @param deniedPath the path of a {@code POST} request that is denied
     * @param deniedWhy the reason of the denial
     */
    record Sample(String draft, String allowed, String deniedPath, String deniedWhy) {}

    /** Returns the API of that dialect. {@code Settings} has checked that it exists. */
    static Api of(String dialect, Tenants tenants, AuditLog audit) {
        return switch (dialect) {
            case "learncoin" -> LearnCoinApi.create(tenants);
            case "teacharium" -> TeachariumApi.create();
            case "learnhouse" -> LearnHouseApi.create();
            default -> LecternApi.create(audit);
        };
    }

    /**
     * Returns the rules that all four APIs share: the health check, and the management API, which authenticates its callers
     * itself.
     */
    static RouteRules.Builder rulesOfAll() {
        RouteRules.Builder rules = RouteRules.builder().permitAll("GET", "/health");
        ManagementServlet.ROUTES.forEach(route -> rules.permitAll("*", route));
        return rules;
    }
}
