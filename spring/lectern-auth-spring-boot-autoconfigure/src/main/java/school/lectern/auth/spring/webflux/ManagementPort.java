package school.lectern.auth.spring.webflux;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.web.server.ServerWebExchange;

/**
 * Requests to the endpoints of Spring Boot on a port of their own, which this library does not guard. WebFlux applies the
 * filters and the handler adapters of the application to that port, too.
 */
final class ManagementPort {

    private ManagementPort() {}

    static boolean serves(ServerWebExchange exchange) {
        return WebServerApplicationContext.hasServerNamespace(exchange.getApplicationContext(), "management");
    }
}
