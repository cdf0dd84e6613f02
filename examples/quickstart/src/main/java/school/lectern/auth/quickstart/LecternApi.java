package school.lectern.auth.quickstart;

import jakarta.servlet.http.HttpServlet;
import java.util.LinkedHashMap;
import java.util.Map;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.servlet.ManagementServlet;
import school.lectern.auth.servlet.RouteRules;
import school.lectern.auth.spi.AuditLog;

/** The example's API in the Lectern dialect: what each route needs, and who answers it. */
final class LecternApi {

    private LecternApi() {}

    static RouteRules rules() {
        RouteRules.Builder rules = RouteRules.builder()
                .open("GET", "/health")
                .guard("GET", "/v1/learners", Requirement.scope("read:learners"))
                .guard("POST", "/v1/learners", Requirement.scope("write:learners"))
                .guard("GET", "/v1/learners/{id}", Requirement.scope("read:learners"))
                .guard("PUT", "/v1/learners/{id}", Requirement.scope("write:learners"))
                .guard("DELETE", "/v1/learners/{id}", Requirement.scope("delete:learners"))
                .guard("GET", "/v1/finance", Requirement.scope("read:finance"))
                .guard("POST", "/v1/finance", Requirement.scope("write:finance"))
                .guard("GET", "/v1/audit", Requirement.scope("read:audit"))
                .guard("GET", "/v1/settings", Requirement.scope("admin:tenant"))
                .guard("PUT", "/v1/settings", Requirement.scope("admin:tenant"))
                .guard(
                        "POST",
                        "/v1/bulk/learners",
                        Requirement.scope("write:learners").limitClass("bulk"));
        ManagementServlet.ROUTES.forEach(route -> rules.open("*", route));
        return rules.build();
    }

    static Map<String, HttpServlet> handlers(AuditLog audit) {
        Records records = new Records();
        Map<String, HttpServlet> handlers = new LinkedHashMap<>();
        handlers.put("/v1/learners/*", new RecordsServlet("learners", false, records));
        handlers.put("/v1/bulk/learners", new RecordsServlet("learners", true, records));
        handlers.put("/v1/finance", new RecordsServlet("finance", false, records));
        handlers.put("/v1/settings", new SettingsServlet());
        handlers.put("/v1/audit", new AuditServlet(audit));
        return handlers;
    }
}
