package school.lectern.auth.quickstart;

import java.util.Map;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.LearnHouse;

/** The example's API in the LearnHouse dialect: courses of the organization in the path. */
final class LearnHouseApi {

    /** The path segment between the organization and the id of a course. */
    static final String COURSES = "courses";

    private LearnHouseApi() {}

    static Api create() {
        String courses = "/api/v1/orgs/{org_id}/" + COURSES;
        RouteRules rules = Api.rulesOfAll()
                .tenantVariable("org_id")
                .guard("GET", courses, Requirement.scope("action_read:courses"))
                .guard("POST", courses, Requirement.scope("action_create:courses"))
                .guard("GET", courses + "/{id}", Requirement.scope("action_read:courses"))
                .guard("PUT", courses + "/{id}", Requirement.scope("action_update:courses"))
                .guard("DELETE", courses + "/{id}", Requirement.scope("action_delete:courses"))
                .build();
        return new Api(
                LearnHouse.DIALECT,
                rules,
                Map.of("/api/v1/orgs/*", new RecordsServlet(COURSES, false, new Records())),
                new Api.Sample(
                        "{\"name\":\"CI\",\"rights\":{\"courses\":{\"action_read\":true}}}",
                        "/api/v1/orgs/123/courses",
                        "/api/v1/orgs/123/courses",
                        "it may read courses, not create them: 403"));
    }
}
