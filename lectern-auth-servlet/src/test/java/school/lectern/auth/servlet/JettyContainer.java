package school.lectern.auth.servlet;

import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import java.util.function.Supplier;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty 12. */
final class JettyContainer implements Container {

    private final Server server = new Server(new QueuedThreadPool(6, 6));
    private final Supplier<ServletContextHandler> contexts;

    JettyContainer() {
        this(ServletContextHandler::new);
    }

    JettyContainer(Supplier<ServletContextHandler> contexts) {
        this.contexts = contexts;
    }

    @Override
    public int start(Application application) throws Exception {
        ServletContextHandler context = contexts.get();
        context.setContextPath(application.contextPath().isEmpty() ? "/" : application.contextPath());
        for (Filter filter : application.filters()) {
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(true);
            context.addFilter(holder, application.pattern(filter), application.dispatches());
        }
        application.servlets().forEach((pattern, servlet) -> {
            ServletHolder holder = new ServletHolder(pattern, servlet);
            holder.setAsyncSupported(true);
            context.addServlet(holder, pattern);
        });
        if (application.files() != null) {
            context.setBaseResourceAsPath(application.files());
            context.setWelcomeFiles(new String[] {"index.html"});
            context.addServlet(new ServletHolder(new DefaultServlet()), "/");
        }
        context.addServletContainerInitializer((classes, servletContext) -> {
            try {
                application.extension().extend(servletContext);
            } catch (Exception failed) {
                throw new ServletException(failed);
            }
        });
        ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
        application.errorPages().forEach(errors::addErrorPage);
        context.setErrorHandler(errors);

        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(32 * 1024);
        if (application.lenient()) {
            http.setUriCompliance(UriCompliance.UNSAFE);
            context.getServletHandler().setDecodeAmbiguousURIs(true);
        }
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context);
        server.start();
        return connector.getLocalPort();
    }

    @Override
    public boolean answersBrokenBodies() {
        return true;
    }

    @Override
    public void stop() throws Exception {
        server.stop();
    }
}
