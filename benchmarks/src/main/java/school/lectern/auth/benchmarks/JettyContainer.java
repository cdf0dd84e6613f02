package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import school.lectern.auth.servlet.LecternAuthFilter;

/** Jetty. */
final class JettyContainer implements WebContainer {

    private final Server server = new Server();

    @Override
    public int start(HttpServlet servlet, String path, Optional<Filter> filter) throws Exception {
        ServletContextHandler context = new ServletContextHandler();
        filter.map(FilterHolder::new).ifPresent(holder -> {
            holder.setAsyncSupported(true);
            context.addFilter(holder, "/*", LecternAuthFilter.dispatches());
        });
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        context.addServlet(holder, path);
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context);
        server.start();
        return connector.getLocalPort();
    }

    @Override
    public void stop() throws Exception {
        server.stop();
    }
}
