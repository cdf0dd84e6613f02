package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.Tenant;

/** The guide's adapter compiles, is as short as the guide states, and guards the JDK's server. */
class HttpGuideTest {

    private static final Guide GUIDE = Guide.of("docs/http.md");

    private final LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
            .storage(InMemoryStorage.create())
            .open();
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpExamples.serve(
                auth,
                asked -> asked.header("Cookie").contains("session=ada")
                        ? Optional.of(Caller.of("42", (tenant, permission) -> tenant.equals("123"), Grant.everything()))
                        : Optional.empty(),
                id -> Optional.of(new Tenant(id, null)));
    }

    @AfterEach
    void stop() {
        server.stop(0);
        auth.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String issue() {
        return auth.tenant("123")
                .tokens()
                .issue(NewToken.named("CI").scopes("read:learners"))
                .orElseThrow()
                .secret()
                .expose();
    }

    private List<AuditEvent> calls() {
        return auth.audit().read("123", null, null, CursorPage.START, 100).items().stream()
                .filter(AuditEvent::isCall)
                .toList();
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), JdkGuard.class, HttpExamples.class);
        assertThat(GUIDE.blocks("java")).hasSize(3);
        assertThat(GUIDE.blocks("java").get(0).lines()).hasSizeLessThanOrEqualTo(65);
        GUIDE.isReadable();
    }

    @Test
    void a_request_reaches_its_handler_with_its_token_and_leaves_a_row_with_its_status() throws Exception {
        HttpResponse<String> read = send("GET", "/v1/learners/7", "", "Authorization", "Bearer " + issue());

        assertThat(read.statusCode()).isEqualTo(200);
        assertThat(read.body()).isEqualTo("123");
        assertThat(read.headers().map()).containsKey("x-ratelimit-remaining");
        assertThat(read.headers().allValues("X-Request-Id")).hasSize(1);
        String requestId = read.headers().firstValue("X-Request-Id").orElseThrow();
        await().untilAsserted(() -> assertThat(calls()).singleElement().satisfies(row -> {
            assertThat(row.requestId()).isEqualTo(requestId);
            assertThat(row.status()).isEqualTo(200);
        }));
    }

    @Test
    void an_open_route_needs_no_token_and_all_others_need_one() throws Exception {
        assertThat(send("GET", "/health", "").body()).isEqualTo("open");
        for (String path : List.of("/v1/learners/7", "/v1/unknown", "/health/..%2Fv1/learners/7", "/health;a")) {
            HttpResponse<String> refused = send("GET", path, "");
            assertThat(refused.statusCode()).as(path).isEqualTo(401);
            assertThat(refused.headers().firstValue("WWW-Authenticate"))
                    .as(path)
                    .isPresent();
            assertThat(refused.headers().firstValue("Content-Type")).as(path).hasValue("application/json");
        }
        String authorization = "Bearer " + issue();
        assertThat(send("GET", "/v1/unknown", "", "Authorization", authorization)
                        .statusCode())
                .isEqualTo(404);
        assertThat(send("PUT", "/v1/learners/7", "", "Authorization", authorization)
                        .statusCode())
                .isEqualTo(405);
        assertThat(send("HEAD", "/v1/learners/7", "").statusCode()).isEqualTo(401);
    }

    @Test
    void a_handler_that_throws_aborts_the_connection_and_its_row_shows_a_server_error() {
        String authorization = "Bearer " + issue();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> send("GET", "/v1/learners/broken", "", "Authorization", authorization));
        await().untilAsserted(() -> assertThat(calls())
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.status()).isEqualTo(500)));
    }

    @Test
    void the_management_api_answers_behind_the_same_adapter() throws Exception {
        String tokens = "/api/v1/orgs/123/api-tokens";
        String json = "{\"name\": \"CI\", \"scopes\": [\"read:learners\"]}";
        String[] ada = {"Cookie", "session=ada", "Content-Type", "application/json"};

        assertThat(send("POST", tokens, json).statusCode()).isEqualTo(401);
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> created = send("POST", tokens, json, ada);
            assertThat(created.statusCode()).isEqualTo(200);
            assertThat(created.headers().firstValue("Cache-Control")).hasValue("no-store");
        }
        HttpResponse<String> page = send("GET", tokens + "?limit=2", "", "Cookie", "session=ada");
        assertThat(page.body()).startsWith("[{\"id\":3,").endsWith("}]");
        assertThat(page.headers().firstValue("Link")).hasValue("<" + tokens + "?limit=2&cursor=2>; rel=\"next\"");
        assertThat(send("GET", "/api/v1/orgs/123/audit", "", "Cookie", "session=ada")
                        .body()
                        .lines())
                .hasSizeGreaterThanOrEqualTo(3);
        assertThat(send("POST", tokens, "{", ada).statusCode()).isEqualTo(422);
        assertThat(send("POST", tokens, " ".repeat(300 * 1024), ada).statusCode())
                .isEqualTo(422);
        assertThat(send("POST", tokens, json, ada).statusCode()).isEqualTo(200);
    }
}
