package school.lectern.auth.quickstart;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * A container with the filter and one handler, which sends the same response to every request. The response's headers do not
 * vary.
 */
final class GuardedJetty {

    /** Handles an admitted request. */
    interface Handler {
        void answer(HttpServletRequest request, HttpServletResponse response) throws IOException;
    }

    private final Server server = new Server();
    private final ServerConnector connector;

    GuardedJetty(Filter filter, Handler handler) throws Exception {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addFilter(new FilterHolder(filter), "/*", LecternAuthFilter.dispatches());
        context.addServlet(new ServletHolder(new Answering(handler)), "/*");
        server.setHandler(context);
        server.start();
    }

    private static final class Answering extends HttpServlet {
        private static final long serialVersionUID = 1L;
        private final transient Handler handler;

        Answering(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            handler.answer(request, response);
        }
    }

    Wire wire() {
        return new Wire(connector.getLocalPort());
    }

    void stop() throws Exception {
        server.stop();
    }
}
