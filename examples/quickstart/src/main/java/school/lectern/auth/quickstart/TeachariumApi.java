package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.preset.Teacharium;

/** The example's API in the Teacharium dialect: three lessons of each organization. */
final class TeachariumApi {

    private TeachariumApi() {}

    static Api create() {
        RouteRules rules = Api.rulesOfAll()
                .guard("GET", "/api/public/lessons", Requirement.anyToken())
                .guard("GET", "/api/public/lessons/{id}", Requirement.anyToken())
                .build();
        return new Api(
                Teacharium.DIALECT,
                rules,
                Map.of("/api/public/lessons/*", new LessonsServlet()),
                new Api.Sample(
                        "{\"name\":\"CI\"}",
                        "/api/public/lessons",
                        "/api/public/lessons",
                        "lessons can only be read: 405"));
    }

    /** Lessons that are generated for each request. */
    private static final class LessonsServlet extends ApiServlet {
        private static final long serialVersionUID = 1L;
        private static final int LESSONS = 3;

        @Override
        void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller)
                throws IOException {
            ArrayNode lessons = JSON.createArrayNode();
            for (int i = 1; i <= LESSONS; i++) {
                lessons.addObject()
                        .put("id", "les_" + caller.token().tenantId() + '_' + i)
                        .put("title", "Lesson " + i);
            }
            String id = id(request);
            if (id.isEmpty()) {
                write(request, response, 200, lessons);
                return;
            }
            for (var lesson : lessons) {
                if (lesson.get("id").asText().equals(id)) {
                    write(request, response, 200, (ObjectNode) lesson);
                    return;
                }
            }
            notFound(request, response);
        }
    }
}
