package school.lectern.auth.quickstart;

import java.util.Map;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuditLog;

/** The example's API in the Lectern dialect: the requirements and the handlers of its routes. */
final class LecternApi {

    private static final FieldRename DISPLAY_NAME = new FieldRename("name", "display_name", Tenants.SECOND);

    private LecternApi() {}

    static Api create(AuditLog audit) {
        RouteRules rules = Api.rulesOfAll()
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
                        Requirement.scope("write:learners").policy("bulk"))
                .build();
        Records records = new Records();
        return new Api(
                Lectern.DIALECT,
                rules,
                Map.of(
                        "/v1/learners/*", new RecordsServlet("learners", false, records, DISPLAY_NAME),
                        "/v1/bulk/learners", new RecordsServlet("learners", true, records, DISPLAY_NAME),
                        "/v1/finance", new RecordsServlet("finance", false, records),
                        "/v1/settings", new SettingsServlet(),
                        "/v1/audit", new AuditServlet(audit)),
                new Api.Sample(
                        "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}",
                        "/v1/learners",
                        "/v1/learners",
                        "it may read learners, not write them: 403"));
    }
}
