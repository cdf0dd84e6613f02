package school.lectern.auth.quickstart;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.token.IssuedToken;

public final class FirstApi extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        TokenPrincipal caller = LecternAuthFilter.principal(request);
        response.getWriter().println("Hello, tenant " + caller.tenantId());
    }

    static LecternAuth open() {
        return LecternAuth.builder(Lectern.DIALECT)
                .storage(InMemoryStorage.create())
                .open();
    }

    static Server serve(LecternAuth auth, int port) throws Exception {
        ServletContextHandler app = new ServletContextHandler();
        app.addServlet(new ServletHolder(new FirstApi()), "/v1/learners/*");
        app.addServletContainerInitializer((classes, context) -> LecternAuthFilter.register(
                context, auth, routes -> routes.guard("GET", "/v1/learners/{id}", "read:learners")));
        Server server = new Server(new InetSocketAddress("127.0.0.1", port));
        server.setHandler(app);
        server.start();
        return server;
    }

    static IssuedToken issue(LecternAuth auth) {
        NewToken settings = NewToken.named("My first token").scopes("read:learners");
        return auth.tenant("123").tokens().issue(settings).orElseThrow();
    }

    static void revoke(LecternAuth auth, IssuedToken token) {
        auth.tenant("123").tokens().revoke(token.id()).orElseThrow();
    }

    static void run(LecternAuth auth) throws Exception {
        Scanner keyboard = new Scanner(System.in, StandardCharsets.UTF_8);
        Server server = serve(auth, 8080);
        IssuedToken token = issue(auth);
        System.out.println("TOKEN=" + token.secret().expose());
        System.out.println("Press Enter to revoke the token.");
        keyboard.nextLine();
        revoke(auth, token);
        System.out.println("Revoked. Press Enter to stop.");
        keyboard.nextLine();
        server.stop();
    }

    public static void main(String[] arguments) throws Exception {
        try (LecternAuth auth = open()) {
            run(auth);
        }
    }
}
