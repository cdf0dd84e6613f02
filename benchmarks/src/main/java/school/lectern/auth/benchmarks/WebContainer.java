package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.util.Optional;

/** A servlet container, set up as it comes. */
interface WebContainer {

    /** Serves on a free port of the loopback interface, 127.0.0.1, and says which. */
    int start(HttpServlet servlet, String path, Optional<Filter> filter) throws Exception;

    void stop() throws Exception;
}
