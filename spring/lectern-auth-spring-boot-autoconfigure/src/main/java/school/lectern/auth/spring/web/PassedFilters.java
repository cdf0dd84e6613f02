package school.lectern.auth.spring.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * The filters of the library that a request has passed inside a chain of Spring Security. Which chain a request takes is
 * decided for each request, so they are noted with it.
 */
public final class PassedFilters {

    private static final String ATTRIBUTE = PassedFilters.class.getName();

    private PassedFilters() {}

    /**
     * Notes a filter that let a request pass.
     *
     * @param request the request
     * @param filter the filter
     */
    public static void note(HttpServletRequest request, LecternAuthFilter filter) {
        Set<LecternAuthFilter> noted = of(request);
        if (noted.isEmpty()) {
            noted = new LinkedHashSet<>(2);
            request.setAttribute(ATTRIBUTE, noted);
        }
        noted.add(filter);
    }

    /** Returns whether no chain with a filter of the library has let the request pass. */
    static boolean hasNone(HttpServletRequest request) {
        return of(request).isEmpty();
    }

    static boolean permitHandler(HttpServletRequest request, HttpServletResponse response) throws IOException {
        for (LecternAuthFilter filter : of(request)) {
            if (!filter.permitsHandler(request, response)) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("unchecked")
    private static Set<LecternAuthFilter> of(HttpServletRequest request) {
        Object noted = request.getAttribute(ATTRIBUTE);
        return noted == null ? Set.of() : (Set<LecternAuthFilter>) noted;
    }
}
