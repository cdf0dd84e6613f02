package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A servlet container. Every behavior is tested in each container, because they differ where the specification leaves a choice.
 */
interface Container {

    /** Serves the application on a free port of the loopback interface, 127.0.0.1, and returns the port. */
    int start(Application application) throws Exception;

    void stop() throws Exception;

    /**
     * Returns whether handlers can still respond to a request with an incomplete body. Otherwise the container responds and
     * discards the handler's response.
     */
    boolean answersBrokenBodies();

    /** Adds a container's own extensions, such as WebSocket endpoints, or filters that are registered by code. */
    interface Extension {
        void extend(ServletContext context) throws Exception;
    }

    /**
     * The application to serve. The container accepts request headers of up to 32 kB, and has few threads, so that they are
     * soon reused. All filters and servlets support asynchronous processing.
     *
     * @param contextPath the context path, empty for the root
     * @param filters the filters in this order, each mapped to all paths or to its pattern
     * @param patterns the URL patterns of the filters that are not mapped to all paths
     * @param dispatches the dispatcher types that the filters are mapped to
     * @param servlets URL pattern → servlet
     * @param errorPages status → path
     * @param lenient whether the container is configured to accept as many unusual paths as it can
     * @param extension an extension that code registers when the context starts, behind the filters above
     * @param files the folder of static files, with index.html as the welcome page; null if there are none
     */
    record Application(
            String contextPath,
            List<Filter> filters,
            Map<Filter, String> patterns,
            EnumSet<DispatcherType> dispatches,
            Map<String, HttpServlet> servlets,
            Map<Integer, String> errorPages,
            boolean lenient,
            Extension extension,
            Path files) {

        Application(List<Filter> filters, Map<String, HttpServlet> servlets) {
            this(
                    "",
                    filters,
                    Map.of(),
                    LecternAuthFilter.dispatches(),
                    new LinkedHashMap<>(servlets),
                    Map.of(),
                    false,
                    context -> {},
                    null);
        }

        String pattern(Filter filter) {
            return patterns.getOrDefault(filter, "/*");
        }

        Application in(String path) {
            return new Application(
                    path, filters, patterns, dispatches, servlets, errorPages, lenient, extension, files);
        }

        /** Returns the application with one more filter before the others. */
        Application behind(Filter first) {
            List<Filter> all = new ArrayList<>(List.of(first));
            all.addAll(filters);
            return new Application(
                    contextPath, all, patterns, dispatches, servlets, errorPages, lenient, extension, files);
        }

        Application map(Filter filter, String pattern) {
            return new Application(
                    contextPath,
                    filters,
                    Map.of(filter, pattern),
                    dispatches,
                    servlets,
                    errorPages,
                    lenient,
                    extension,
                    files);
        }

        Application dispatching(EnumSet<DispatcherType> types) {
            return new Application(
                    contextPath, filters, patterns, types, servlets, errorPages, lenient, extension, files);
        }

        Application errorPage(int status, String path) {
            Map<Integer, String> pages = new LinkedHashMap<>(errorPages);
            pages.put(status, path);
            return new Application(
                    contextPath, filters, patterns, dispatches, servlets, pages, lenient, extension, files);
        }

        Application withLenientPaths() {
            return new Application(
                    contextPath, filters, patterns, dispatches, servlets, errorPages, true, extension, files);
        }

        Application extended(Extension more) {
            return new Application(
                    contextPath, filters, patterns, dispatches, servlets, errorPages, lenient, more, files);
        }

        Application withFiles(Path folder) {
            return new Application(
                    contextPath, filters, patterns, dispatches, servlets, errorPages, lenient, extension, folder);
        }
    }
}
