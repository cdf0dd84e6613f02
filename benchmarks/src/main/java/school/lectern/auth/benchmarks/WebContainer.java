package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.util.Optional;

/** A servlet container with its default settings. */
interface WebContainer {

    /** Serves on a free port of the loopback interface, 127.0.0.1, and returns the port. */
    int start(HttpServlet servlet, String path, Optional<Filter> filter) throws Exception;

    void stop() throws Exception;
}
