package school.lectern.auth.spring.boot;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.concurrent.Callable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.CrossOrigin;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import school.lectern.auth.format.Secret;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spring.web.RequiresScope;

/** A small API of an application: some routes are guarded by an annotation, others by properties, and some are public. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({LearnerApi.Routes.class, LearnerApi.Administration.class})
class LearnerApi {

    static final String[] ROUTES = {
        "lectern.auth.routes[0].path=/public/**",
        "lectern.auth.routes[0].access=permit-all",
        "lectern.auth.routes[1].path=/v1/ruled",
        "lectern.auth.routes[1].methods=GET",
        "lectern.auth.routes[1].scope=read:learners",
        "lectern.auth.routes[2].path=/v1/ruled",
        "lectern.auth.routes[2].methods=POST",
        "lectern.auth.routes[2].scope=write:learners",
    };

    /** Static files, two of which are public. */
    static final String[] PAGES = {
        "spring.web.resources.static-locations=classpath:/pages/",
        "lectern.auth.routes[3].path=/",
        "lectern.auth.routes[3].access=permit-all",
        "lectern.auth.routes[4].path=/favicon.ico",
        "lectern.auth.routes[4].access=permit-all",
    };

    static final String ADMIN_KEY = "key-of-the-administrator-for-tests";

    /** An administrator of the management API, and the tenants. */
    @Configuration(proxyBeanMethods = false)
    static class Administration {

        @Bean
        ManagementAuthority administrators() {
            return ManagementAuthority.ofKey("X-Admin-Key", Secret.of(ADMIN_KEY));
        }

        @Bean
        TenantDirectory customers() {
            return TenantDirectory.matching("[0-9]{1,9}");
        }
    }

    /** CORS for the management API, whose console is a page of another origin. */
    @Bean
    WebMvcConfigurer consoleOfTheManagementApi() {
        return new WebMvcConfigurer() {
            @Override
            public void addCorsMappings(CorsRegistry registry) {
                registry.addMapping("/api/v1/orgs/*/api-tokens/**").allowedOrigins("https://console.example");
            }
        };
    }

    /** Changes the method of a request behind every other filter, as an application's own filter may. */
    @Bean
    OncePerRequestFilter methodChanger() {
        return new OncePerRequestFilter() {
            @Override
            protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                    throws ServletException, IOException {
                String method = request.getHeader("Change-To");
                chain.doFilter(
                        method == null
                                ? request
                                : new HttpServletRequestWrapper(request) {
                                    @Override
                                    public String getMethod() {
                                        return method;
                                    }
                                },
                        response);
            }
        };
    }

    /** A handler that no rule names, whose path the rule of another one matches. */
    @Bean
    RouterFunction<ServerResponse> function() {
        return RouterFunctions.route()
                .GET("/v1/reports/function", request -> ServerResponse.ok().body("must not be reached"))
                .build();
    }

    @Retention(RetentionPolicy.RUNTIME)
    @RequiresScope("read:learners")
    @interface ReadsLearners {}

    @Retention(RetentionPolicy.RUNTIME)
    @RequiresScope("delete:learners")
    @interface DeletesLearners {}

    @RestController
    static class Routes {

        @GetMapping("/v1/learners/{id}")
        @RequiresScope("read:learners")
        @CrossOrigin("https://app.example")
        String learner(@PathVariable String id, HttpServletRequest request) {
            TokenPrincipal caller = LecternAuthFilter.principal(request);
            return "learner " + id + " of " + caller.tenantId();
        }

        @PostMapping("/v1/learners/{id}")
        @RequiresScope("write:learners")
        String changed(@PathVariable String id) {
            return "changed " + id;
        }

        @DeleteMapping("/v1/learners/{id}")
        @RequiresScope("delete:learners")
        String deleted(@PathVariable String id) {
            return "deleted " + id;
        }

        @GetMapping("/v1/async")
        @RequiresScope("read:learners")
        Callable<String> async() {
            return () -> "later";
        }

        @GetMapping(path = "/v1/reports/all", params = "year")
        @RequiresScope("read:learners")
        String yearlyReport() {
            return "of a year";
        }

        /** Also gets requests for /v1/reports/all without a year. */
        @GetMapping("/v1/reports/{id}")
        @RequiresScope("read:finance")
        String report(@PathVariable String id) {
            return "report " + id;
        }

        @GetMapping("/v1/composed")
        @ReadsLearners
        @DeletesLearners
        String composed() {
            return "composed";
        }

        @RequestMapping("/v1/ruled")
        String ruled(HttpServletRequest request) {
            return "ruled " + request.getMethod();
        }

        /** Its path starts like those of the management API. */
        @GetMapping("/api/v1/orgs/{org_id}/courses")
        @RequiresScope("read:learners")
        String courses(@PathVariable("org_id") String organization) {
            return "courses of " + organization;
        }

        @GetMapping("/v1/unannotated")
        String unannotated() {
            return "must not be reached";
        }

        @GetMapping("/public/hello")
        String hello() {
            return "hello";
        }

        @GetMapping("/public/broken")
        String broken() {
            throw new IllegalStateException("planted");
        }

        @GetMapping("/public/teapot")
        void teapot(HttpServletResponse response) throws IOException {
            response.sendError(418);
        }

        @GetMapping("/v1/broken")
        @RequiresScope("read:learners")
        String guardedBroken() {
            throw new IllegalStateException("planted");
        }

        @GetMapping("/public/forward")
        void forward(HttpServletRequest request, HttpServletResponse response) throws Exception {
            request.getRequestDispatcher("/v1/learners/7").forward(request, response);
        }
    }
}
