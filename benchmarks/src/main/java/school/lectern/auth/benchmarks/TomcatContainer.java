package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import school.lectern.auth.servlet.LecternAuthFilter;

/** Tomcat. */
final class TomcatContainer implements WebContainer {

    /** Held, so that its level is not forgotten with it. */
    private static final Logger LOG = Logger.getLogger("org.apache");

    private final Tomcat tomcat = new Tomcat();
    private final Path folder;

    TomcatContainer() throws Exception {
        LOG.setLevel(Level.SEVERE);
        folder = Files.createTempDirectory("tomcat");
        tomcat.setBaseDir(folder.toString());
    }

    @Override
    public int start(HttpServlet servlet, String path, Optional<Filter> filter) throws Exception {
        Context context = tomcat.addContext("", folder.toString());
        filter.ifPresent(one -> add(context, one));
        Wrapper wrapper = Tomcat.addServlet(context, "servlet", servlet);
        wrapper.setAsyncSupported(true);
        wrapper.addMapping(path);
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        // It would end each connection after a hundred requests, and Jetty would not.
        connector.setProperty("maxKeepAliveRequests", "-1");
        tomcat.setConnector(connector);
        tomcat.start();
        return connector.getLocalPort();
    }

    private static void add(Context context, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName("filter");
        definition.setFilter(filter);
        definition.setAsyncSupported("true");
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName("filter");
        map.addURLPattern("/*");
        LecternAuthFilter.dispatches().forEach(type -> map.setDispatcher(type.name()));
        context.addFilterMap(map);
    }

    @Override
    public void stop() throws Exception {
        tomcat.stop();
        tomcat.destroy();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
