package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** Tomcat. */
final class TomcatContainer implements Container {

    /** Referenced, because a logger that is garbage collected loses its level. */
    private static final Logger LOG = Logger.getLogger("org.apache");

    private final Tomcat tomcat = new Tomcat();
    private final Path folder;

    TomcatContainer() {
        LOG.setLevel(Level.OFF);
        try {
            folder = Files.createTempDirectory("tomcat");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        tomcat.setBaseDir(folder.toString());
    }

    @Override
    public int start(Application application) throws Exception {
        Path files = application.files() == null ? folder : application.files();
        Context context = tomcat.addContext(application.contextPath(), files.toString());
        if (application.files() != null) {
            context.addWelcomeFile("index.html");
        }
        context.addServletContainerInitializer(
                (classes, servletContext) -> {
                    try {
                        application.extension().extend(servletContext);
                    } catch (Exception failed) {
                        throw new ServletException(failed);
                    }
                },
                Set.of());
        for (int i = 0; i < application.filters().size(); i++) {
            addFilter(context, "filter" + i, application.filters().get(i), application);
        }
        for (Map.Entry<String, HttpServlet> servlet : application.servlets().entrySet()) {
            Wrapper wrapper = Tomcat.addServlet(context, servlet.getKey(), servlet.getValue());
            wrapper.setAsyncSupported(true);
            wrapper.addMapping(servlet.getKey());
        }
        // As in the web.xml of every installed Tomcat: without a servlet, a path would not reach the filters.
        Tomcat.addServlet(context, "default", DefaultServlet.class.getName()).addMapping("/");
        application.errorPages().forEach((status, path) -> {
            ErrorPage page = new ErrorPage();
            page.setErrorCode(status);
            page.setLocation(path);
            context.addErrorPage(page);
        });
        // As every public server should be configured: Tomcat's default report of a bad request quotes its headers.
        ErrorReportValve report = new ErrorReportValve();
        report.setShowReport(false);
        report.setShowServerInfo(false);
        tomcat.getHost().getPipeline().addValve(report);
        Connector connector = connector(application.lenient());
        tomcat.setConnector(connector);
        tomcat.start();
        if (!context.getState().isAvailable()) {
            throw new IllegalStateException("the context failed to start");
        }
        return connector.getLocalPort();
    }

    private static void addFilter(Context context, String name, Filter filter, Application application) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(name);
        definition.setFilter(filter);
        definition.setAsyncSupported("true");
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName(name);
        map.addURLPattern(application.pattern(filter));
        for (DispatcherType type : application.dispatches()) {
            map.setDispatcher(type.name());
        }
        context.addFilterMap(map);
    }

    private static Connector connector(boolean lenient) {
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxThreads", "6");
        connector.setProperty("minSpareThreads", "6");
        connector.setProperty("maxHttpRequestHeaderSize", "32768");
        if (lenient) {
            connector.setAllowBackslash(true);
            connector.setEncodedSolidusHandling(EncodedSolidusHandling.DECODE.getValue());
            connector.setEncodedReverseSolidusHandling(EncodedSolidusHandling.DECODE.getValue());
            connector.setProperty("relaxedPathChars", "\"<>[\\]^`{|}");
            connector.setProperty("rejectIllegalHeader", "false");
        }
        return connector;
    }

    @Override
    public boolean answersBrokenBodies() {
        return false;
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
