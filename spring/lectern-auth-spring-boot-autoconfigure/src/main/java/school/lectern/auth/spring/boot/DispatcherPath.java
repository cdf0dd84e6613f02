package school.lectern.auth.spring.boot;

import org.springframework.core.env.Environment;

/** The path of the DispatcherServlet, with which the paths of handlers and endpoints start in a request. */
final class DispatcherPath {

    private DispatcherPath() {}

    /** Returns the path without a slash at its end: empty at the root. */
    static String of(Environment environment) {
        String path = environment.getProperty("spring.mvc.servlet.path", "");
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
