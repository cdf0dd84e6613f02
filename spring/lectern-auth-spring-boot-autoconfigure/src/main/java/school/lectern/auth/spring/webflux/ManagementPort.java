package school.lectern.auth.spring.webflux;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.server.ServerWebExchange;

/**
 * The port of their own on which Spring Boot may serve its endpoints, which this library does not guard. WebFlux applies
 * filters and handler adapters of the application to that port, too, and serves some of its handlers there, such as
 * functional ones.
 */
public final class ManagementPort {

    private static final String SPRING_BOOT = "org.springframework.boot.";

    private ManagementPort() {}

    /**
     * {@return whether a request has come to the port}
     *
     * @param exchange the request
     */
    public static boolean serves(ServerWebExchange exchange) {
        return WebServerApplicationContext.hasServerNamespace(exchange.getApplicationContext(), "management");
    }

    /** Returns whether a handler is one of Spring Boot's own, such as an endpoint: no other runs without a guard. */
    static boolean mayRun(Object handler) {
        return handler instanceof HandlerMethod method
                && method.getBeanType().getName().startsWith(SPRING_BOOT);
    }
}
