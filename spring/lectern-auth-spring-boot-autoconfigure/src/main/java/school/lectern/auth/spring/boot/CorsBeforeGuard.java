package school.lectern.auth.spring.boot;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.cors.CorsProcessor;
import org.springframework.web.cors.CorsUtils;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.filter.OncePerRequestFilter;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.CorsSources;

/**
 * Applies the application's CORS configuration before a request needs a token: preflights have none, and a browser shows a
 * script the 401 of a request only if the response has CORS headers. A request without CORS configuration passes as it is.
 */
final class CorsBeforeGuard extends OncePerRequestFilter {

    /** Finds the configuration of handlers, by {@code addCorsMappings} and {@code @CrossOrigin}. */
    static final String OF_SPRING_MVC = "mvcHandlerMappingIntrospector";

    private final SingletonSupplier<CorsConfigurationSource> source;
    private final CorsProcessor processor = new DefaultCorsProcessor();

    CorsBeforeGuard(ListableBeanFactory beans) {
        // Found at the first request: handler mappings are not complete when filters are created.
        this.source = SingletonSupplier.of(() -> find(beans));
    }

    private static CorsConfigurationSource find(ListableBeanFactory beans) {
        for (String name : new String[] {CorsSources.BEAN, OF_SPRING_MVC}) {
            if (beans.containsBean(name) && beans.isTypeMatch(name, CorsConfigurationSource.class)) {
                return beans.getBean(name, CorsConfigurationSource.class);
            }
        }
        return request -> null;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        CorsConfiguration configured = request.getHeader(HttpHeaders.ORIGIN) == null
                ? null
                : source.obtain().getCorsConfiguration(request);
        if (configured == null
                || (processor.processRequest(configured, request, response)
                        && !CorsUtils.isPreFlightRequest(request))) {
            chain.doFilter(request, response);
        }
    }
}
