package school.lectern.auth.quickstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.Secret;
import school.lectern.auth.http.Exchange;
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.ManagementApi;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;

/** The Java code of docs/http.md that is not in {@link JdkGuard}. {@link HttpGuideTest} compares the two. */
record HttpExamples(ManagementApi api) {

    static HttpServer serve(LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants)
            throws IOException {
        ManagementApi api = new ManagementApi(auth, authority, tenants, TrustedProxies.none());
        RouteRules.Builder routes =
                RouteRules.builder().permitAll("GET", "/health").guard("GET", "/v1/learners/{id}", "read:learners");
        ManagementApi.ROUTES.forEach(path -> routes.permitAll("*", path));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        HttpGuard guard = new HttpGuard(auth, routes.build());
        server.createContext("/", new JdkGuard(auth, guard, new HttpExamples(api)::handle));
        server.start();
        return server;
    }

    private void handle(HttpExchange http, Exchange exchange, Optional<TokenPrincipal> caller) throws IOException {
        String path = http.getRequestURI().getPath();
        if (path.startsWith("/api/v1/orgs/")) {
            JdkGuard.send(http, api.answer(exchange, new JdkGuard.Call(http), path.substring("/api/v1/orgs".length())));
        } else if (path.equals("/v1/learners/broken")) {
            throw new IllegalStateException("planned");
        } else {
            byte[] body = caller.map(TokenPrincipal::tenantId).orElse("open").getBytes(StandardCharsets.UTF_8);
            http.sendResponseHeaders(200, body.length);
            http.getResponseBody().write(body);
        }
    }

    static void consume(LecternAuth auth, Secret token, String message) {
        Decision decision = auth.authenticate(token, "orders", null, Requirement.scope("write:orders"));
        if (decision instanceof Allowed allowed) {
            process(message);
            auth.completed(allowed, 200);
        }
    }

    private static void process(String message) {}
}
