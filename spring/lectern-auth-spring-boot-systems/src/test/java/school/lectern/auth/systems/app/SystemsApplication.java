package school.lectern.auth.systems.app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * An application that serves the routes of one of the four token systems, chosen by {@code lectern.auth.dialect}. The same
 * classes run with Spring MVC and WebFlux, with and without Spring Security, and on Spring Boot 3.
 */
@SpringBootApplication
public class SystemsApplication {

    /**
     * Starts it, and prints its address when it serves.
     *
     * @param arguments properties
     */
    public static void main(String[] arguments) {
        String port = SpringApplication.run(SystemsApplication.class, arguments)
                .getEnvironment()
                .getRequiredProperty("local.server.port");
        System.out.println("ready http://127.0.0.1:" + port);
    }
}
