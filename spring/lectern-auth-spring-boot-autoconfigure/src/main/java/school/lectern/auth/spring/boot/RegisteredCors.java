package school.lectern.auth.spring.boot;

import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.reactive.config.CorsRegistry;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/** The CORS configuration that a WebFlux application gives all handlers. */
final class RegisteredCors extends CorsRegistry {

    RegisteredCors(ObjectProvider<WebFluxConfigurer> configurers) {
        configurers.orderedStream().forEach(configurer -> configurer.addCorsMappings(this));
    }

    Map<String, CorsConfiguration> all() {
        return getCorsConfigurations();
    }
}
