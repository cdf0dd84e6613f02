package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A servlet container. Every behaviour is tested in each: what the specification leaves open, they do differently. */
interface Container {

    /** Serves the application on a free port of the loopback interface, 127.0.0.1, and says which. */
    int start(Application application) throws Exception;

    void stop() throws Exception;

    /** Whether handlers can still answer a request whose body broke off; else the container does, and drops what they write. */
    boolean answersBrokenBodies();

    /**
     * What is served. The container takes request headers of up to 32 kB, and has few enough threads that they are soon used
     * again. All filters and servlets support asynchronous processing.
     *
     * @param contextPath the application's, empty for the root
     * @param filters each mapped to all paths, in this order
     * @param dispatches the dispatches that the filters are mapped to
     * @param servlets URL pattern → servlet
     * @param errorPages status → path
     * @param lenient whether the container is set to let every path through that it can be talked into
     */
    record Application(
            String contextPath,
            List<Filter> filters,
            EnumSet<DispatcherType> dispatches,
            Map<String, HttpServlet> servlets,
            Map<Integer, String> errorPages,
            boolean lenient) {

        Application(List<Filter> filters, Map<String, HttpServlet> servlets) {
            this("", filters, LecternAuthFilter.dispatches(), new LinkedHashMap<>(servlets), Map.of(), false);
        }

        Application in(String path) {
            return new Application(path, filters, dispatches, servlets, errorPages, lenient);
        }

        Application errorPage(int status, String path) {
            return new Application(contextPath, filters, dispatches, servlets, Map.of(status, path), lenient);
        }

        Application withLenientPaths() {
            return new Application(contextPath, filters, dispatches, servlets, errorPages, true);
        }
    }
}
