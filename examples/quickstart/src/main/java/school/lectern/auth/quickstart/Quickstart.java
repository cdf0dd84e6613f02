package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.servlet.ManagementServlet;
import school.lectern.auth.spi.OpenStorage;

/**
 * Starts a small API that is guarded by the library, with the wiring of a typical application: storage, authentication, filter,
 * management.
 */
public final class Quickstart {

    private static final long DRAIN_MILLIS = 10_000;

    /** How long a request waits for the database. Tests of other features set a longer deadline. */
    private static final Duration DEADLINE = Duration.ofMillis(Long.getLong("quickstart.deadline", 500));

    private final HikariDataSource pool;
    private final OpenStorage storage;
    private final Api api;
    private final LecternAuth auth;
    private final Server server;

    private Quickstart(Settings settings) throws Exception {
        try {
            pool = pool(settings);
            storage = JdbcStorage.builder(pool).deadline(DEADLINE).build().open();
        } catch (RuntimeException unusable) {
            throw new Settings.Wrong("LECTERN_DB_URL", "the database cannot be used: " + innermost(unusable));
        }

        Tenants tenants = new Tenants();
        api = Api.of(settings.dialect(), tenants, storage.audit());
        Dialect dialect = api.dialect();
        if (settings.createLimit().isPresent()) {
            dialect = dialect.toBuilder()
                    .creationLimit(settings.createLimit().get())
                    .build();
        }
        auth = open(dialect, storage, tenants, settings);

        ServletContextHandler context = new ServletContextHandler();
        context.setAttribute(ApiServlet.SHOWS_REQUEST_ID, dialect.requestIdInBodies());
        FilterHolder filter = new FilterHolder(new LecternAuthFilter(auth, api.rules()));
        filter.setAsyncSupported(true);
        context.addFilter(filter, "/*", LecternAuthFilter.dispatches());
        Administrators administrators = new Administrators(settings.adminKey(), settings.readerKey());
        Map<String, HttpServlet> handlers = new HashMap<>(api.handlers());
        handlers.merge(
                "/api/v1/orgs/*",
                new ManagementServlet(auth, administrators, tenants),
                (courses, management) -> new OrganizationServlet(management, courses));
        handlers.put("/health", new Health());
        handlers.forEach((path, servlet) -> serve(context, path, servlet));
        server = server(settings.port(), context);
        try {
            server.start();
        } catch (IOException taken) {
            throw new Settings.Wrong("LECTERN_PORT", "the server cannot listen: " + innermost(taken));
        }
    }

    private static LecternAuth open(Dialect dialect, OpenStorage storage, Tenants tenants, Settings settings) {
        LecternAuthBuilder builder = LecternAuth.builder(dialect)
                .storage(storage)
                .audit(settings.audit())
                .tenants(tenants);
        if (!settings.cache()) {
            builder.withoutCache();
        }
        if (dialect.versionHeader().isPresent()) {
            builder.versions(Tenants.RELEASED);
        }
        return builder.open();
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).replaceAll("\\s+", " ");
    }

    private static HikariDataSource pool(Settings settings) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(settings.dbUrl());
        config.setUsername(settings.dbUser());
        config.setPassword(settings.dbPassword());
        config.setMaximumPoolSize(16);
        config.setConnectionTimeout(2_000);
        return new HikariDataSource(config);
    }

    private static Server server(int port, ServletContextHandler context) {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setName("http");
        Server server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        // A shutdown does not shorten the idle timeout of connections: a body may still be arriving.
        connector.setShutdownIdleTimeout(-1);
        server.addConnector(connector);
        server.setHandler(new GracefulHandler(context));
        return server;
    }

    private static void serve(ServletContextHandler context, String path, HttpServlet servlet) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        context.addServlet(holder, path);
    }

    /** Open to everyone: reports that the server responds. */
    private static final class Health extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            ObjectNode body = ApiServlet.JSON.createObjectNode().put("status", "ok");
            if (ApiServlet.showsRequestId(request)) {
                body.put("request_id", response.getHeader("X-Request-Id"));
            }
            ApiServlet.send(response, 200, body);
        }
    }

    private int port() {
        return connector().getLocalPort();
    }

    private ServerConnector connector() {
        return (ServerConnector) server.getConnectors()[0];
    }

    /** Rejects new requests, completes the running ones, writes pending rows, and stops. */
    private void stop() throws Exception {
        try (pool;
                storage;
                auth) {
            try {
                // Completes when the last connection is closed. There is no need to wait for idle connections.
                Future<Void> unused = connector().shutdown();
                ((GracefulHandler) server.getHandler()).shutdown().get(DRAIN_MILLIS, TimeUnit.MILLISECONDS);
            } finally {
                server.stop();
            }
        }
    }

    /** Reads the settings from the environment, and serves until a signal ends the process. */
    public static void main(String[] arguments) {
        try {
            Settings settings = Settings.read(System.getenv(), System.getProperty("quickstart.data", "data"));
            Quickstart quickstart = new Quickstart(settings);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(quickstart), "drain"));
            System.out.println("ready http://127.0.0.1:" + quickstart.port());
            System.out.println(CurlLines.of(quickstart.port(), settings.adminKey(), quickstart.api.sample()));
        } catch (Settings.Wrong wrong) {
            System.err.println(wrong.getMessage());
            System.exit(1);
        } catch (Exception failed) {
            System.err.println("the quickstart cannot start: " + failed.getMessage());
            System.exit(1);
        }
    }

    /** Ends the process with exit code 0 after a clean shutdown. By default, the signal would make it 143. */
    private static void drain(Quickstart quickstart) {
        int status = 0;
        try {
            quickstart.stop();
        } catch (Exception failed) {
            System.err.println("the quickstart did not stop cleanly: " + failed.getMessage());
            status = 1;
        }
        Runtime.getRuntime().halt(status);
    }
}
