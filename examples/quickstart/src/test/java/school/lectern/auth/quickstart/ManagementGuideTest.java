package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.Tenant;

/** The page's Java compiles and serves the API, whose responses have the fields that the page lists. */
class ManagementGuideTest {

    private static final Guide GUIDE = Guide.of("docs/management-api.md");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), ManagementExamples.class);
        GUIDE.isReadable();
    }

    @Test
    void the_guides_lines_serve_the_api_with_the_fields_that_it_lists() throws Exception {
        Server server = new Server();
        LocalConnector connector = new LocalConnector(server);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        server.setHandler(context);
        try (LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(InMemoryStorage.create())
                .open()) {
            context.addServletContainerInitializer((classes, servletContext) -> ManagementExamples.serve(
                    servletContext,
                    auth,
                    request -> request.header("Cookie").contains("session=ada")
                            ? Optional.of(Caller.of("42", (tenant, permission) -> true, Grant.everything()))
                            : Optional.empty(),
                    id -> Optional.of(new Tenant(id, null))));
            server.start();
            String body = "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}";
            JsonNode issued = json(connector, "POST", "", body);
            JsonNode stored =
                    json(connector, "GET", '/' + issued.get("token_uuid").asText(), "");
            List<String> fields = new ArrayList<>();
            issued.fieldNames().forEachRemaining(fields::add);
            stored.fieldNames().forEachRemaining(fields::add);
            String guide = GUIDE.text();
            assertThat(fields)
                    .contains("token", "is_active")
                    .allSatisfy(field -> assertThat(guide).contains('`' + field + '`'));
        } finally {
            server.stop();
        }
    }

    private static JsonNode json(LocalConnector connector, String method, String path, String body) throws Exception {
        String answer = connector.getResponse(method + " /api/v1/orgs/123/api-tokens" + path + " HTTP/1.1\r\n"
                + "Host: a\r\nConnection: close\r\nCookie: session=ada\r\n"
                + (body.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n")
                + "\r\n" + body);
        assertThat(answer).startsWith("HTTP/1.1 200");
        return JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n")));
    }
}
