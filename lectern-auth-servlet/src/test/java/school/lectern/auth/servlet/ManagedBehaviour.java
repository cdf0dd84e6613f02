package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.ManagementAuthority.Permission;

/**
 * An application with a management API behind the filter, and one guarded route. An administrator may do everything, a teacher
 * may grant only {@code read:learners}, a reader may only read.
 */
abstract class ManagedBehaviour extends Behaviour {

    static final String ADMINISTRATOR = "Authorization: Bearer key-of-the-administrator";
    static final String TEACHER = "Authorization: Bearer key-of-the-teacher";
    static final String JSON_BODY = "Content-Type: application/json";
    static final String READER = "Authorization: Bearer key-of-the-reader";

    static final String ORG = "/api/v1/orgs/123";
    static final String TOKENS = ORG + "/api-tokens";
    static final String UNKNOWN_TOKEN = "Authorization: Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000";

    private static final ScopeSet LEARNERS = ScopeSet.parse("read:learners");

    /** The handler of the guarded route. */
    Handler learners = says("learners");

    /** The administrator's id. */
    volatile String userId = "7";

    private final ManagementAuthority authority =
            request -> switch (request.authorization().size() == 1
                    ? request.authorization().get(0).expose()
                    : "") {
                case "Bearer key-of-the-administrator" ->
                    Optional.of(Caller.of(userId, (org, wanted) -> true, Grant.everything()));
                case "Bearer key-of-the-teacher" ->
                    Optional.of(Caller.of("t-8", (org, wanted) -> true, Grant.of(LEARNERS)));
                case "Bearer key-of-the-reader" ->
                    Optional.of(Caller.of("9", (org, wanted) -> wanted == Permission.READ, Grant.of(ScopeSet.none())));
                default -> Optional.empty();
            };

    final void serveIn(Dialect dialect, UnaryOperator<Container.Application> change) throws Exception {
        serveIn(dialect, RouteRules.builder(), change);
    }

    /** Serves with further rules in addition to those of the management API and the guarded route. */
    final void serveIn(Dialect dialect, RouteRules.Builder rules, UnaryOperator<Container.Application> change)
            throws Exception {
        serve(judge(dialect), dialect, rules, change);
    }

    /** Serves in the dialect with further settings. */
    final void serveWith(Dialect dialect, UnaryOperator<LecternAuthBuilder> settings) throws Exception {
        serve(judge(dialect, settings), dialect, RouteRules.builder(), UnaryOperator.identity());
    }

    private void serve(
            LecternAuth judge, Dialect dialect, RouteRules.Builder rules, UnaryOperator<Container.Application> change)
            throws Exception {
        auth = judge;
        handle("/v1/learners", (request, response) -> learners.answer(request, response));
        serve("/api/v1/orgs/*", new ManagementServlet(auth, authority, tenants));
        Scope needed = Scope.of("read:learners");
        Requirement requirement =
                dialect.scopes().knows(needed) ? Requirement.scope(needed.toString()) : Requirement.anyToken();
        rules.guard("*", "/v1/learners", requirement);
        ManagementServlet.ROUTES.forEach(route -> rules.permitAll("*", route));
        start(List.of(new LecternAuthFilter(auth, rules.build())), change);
    }

    final Reply manage(String method, String path, String json) {
        return send(method, path, BodyPublishers.ofString(json), ADMINISTRATOR, JSON_BODY);
    }

    final Reply create(String json) {
        return manage("POST", TOKENS, json);
    }

    /** Creates a token of organization 123 that may read learners, and returns the creation's response. */
    final JsonNode created() {
        return create("{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}").isOk().json();
    }

    static String path(JsonNode token) {
        return TOKENS + "/" + token.path("token_uuid").asText();
    }

    static String path(JsonNode token, String action) {
        return path(token) + "/" + action;
    }

    final JsonNode kept(JsonNode token) {
        return get(path(token), ADMINISTRATOR).isOk().json();
    }

    static String bearer(JsonNode token) {
        return "Authorization: Bearer " + token.path("token").asText();
    }

    /** Returns whether the token is accepted. */
    final boolean works(JsonNode token) {
        Reply reply = get("/v1/learners", bearer(token));
        assertThat(reply.status()).isIn(200, 401);
        return reply.status() == 200;
    }
}
