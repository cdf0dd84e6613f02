package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.util.List;
import java.util.Optional;

/** A small API in a servlet container, without a filter or behind one. */
public final class WebServer {

    static final String PATH = "/v1/learners";

    private final WebContainer container;
    private final Optional<GuardedApp> guard;
    private final int port;

    /**
     * Responds with some hundred bytes that contain the token's id, or the same number of other characters if there is no
     * authentication.
     */
    private static final class Learners extends HttpServlet {
        private static final long serialVersionUID = 1L;
        private static final String NOBODY = "-".repeat(36);

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Principal principal = request.getUserPrincipal();
            byte[] body = """
                    {"data":[{"id":"lrn_5q1x","name":"Ada Lovelace","email":"ada@example.org","courses":["algebra","latin"]},\
                    {"id":"lrn_9k2c","name":"Mary Somerville","email":"mary@example.org","courses":["astronomy"]},\
                    {"id":"lrn_7t4m","name":"Sofia Kovalevskaya","email":"sofia@example.org","courses":[]}],"token":"%s"}""".replace("%s", principal == null ? NOBODY : principal.getName())
                    .getBytes(StandardCharsets.UTF_8);
            response.setContentType("application/json");
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }

    private WebServer(String kind, Optional<GuardedApp> guard, Optional<Filter> filter) throws Exception {
        this.container = kind.equals("jetty") ? new JettyContainer() : new TomcatContainer();
        this.guard = guard;
        this.port = container.start(new Learners(), PATH, filter);
    }

    /**
     * Starts a server.
     *
     * @param kind {@code jetty} or {@code tomcat}
     * @param mode {@code bare} without a filter; {@code plain} with a filter that does not authenticate; {@code filter} with
     *     the library's filter; {@code buffered} or {@code durable} with the library's filter, which also records calls
     * @param database the database for recorded calls
     * @param tokens the number of accepted tokens
     */
    static WebServer start(String kind, String mode, String database, int tokens) throws Exception {
        return switch (mode) {
            case "bare" -> new WebServer(kind, Optional.empty(), Optional.empty());
            case "plain" -> new WebServer(kind, Optional.empty(), Optional.of(new PlainFilter()));
            default -> guarded(kind, GuardedApp.of(mode, database, tokens));
        };
    }

    private static WebServer guarded(String kind, GuardedApp guard) throws Exception {
        return new WebServer(kind, Optional.of(guard), Optional.of(guard.filter()));
    }

    int port() {
        return port;
    }

    /** Returns the accepted tokens; empty if there is no authentication. */
    List<String> tokens() {
        return guard.map(GuardedApp::tokens).orElse(List.of());
    }

    void stop() throws Exception {
        container.stop();
        if (guard.isPresent()) {
            guard.get().stop();
        }
    }

    /** Serves until its input ends. Prints its port on a line, and writes the tokens to a file. */
    public static void main(String[] arguments) throws Exception {
        WebServer server = start(arguments[0], arguments[1], arguments[2], Integer.parseInt(arguments[3]));
        Files.write(Path.of(arguments[4]), server.tokens());
        System.out.println(server.port());
        while (System.in.read() >= 0) {}
        server.stop();
        System.exit(0);
    }
}
