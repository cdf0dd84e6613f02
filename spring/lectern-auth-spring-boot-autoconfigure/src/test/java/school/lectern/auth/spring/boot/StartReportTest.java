package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/** The log names the guarded paths at the start, and the public ones with the reason. */
@ExtendWith(OutputCaptureExtension.class)
class StartReportTest {

    private static final String[] ROUTES = {
        "lectern.auth.routes[0].path=/public/**",
        "lectern.auth.routes[0].access=permit-all",
        "lectern.auth.routes[1].path=/mixed",
        "lectern.auth.routes[1].methods=GET,POST",
        "lectern.auth.routes[1].access=pass-through",
        "lectern.auth.routes[2].path=/guarded"
    };

    private static final String PUBLIC = "/api/v1/orgs/{org_id}/api-tokens/** (management API),"
            + " /api/v1/orgs/{org_id}/audit (management API), GET /actuator/health/** (health probes),"
            + " /public/** (lectern.auth.routes), GET /mixed without a token of the dialect (lectern.auth.routes),"
            + " POST /mixed without a token of the dialect (lectern.auth.routes),"
            + " GET /opened (RouteRulesCustomizer),"
            + " /other without a token of the dialect (RouteRulesCustomizer),"
            + " preflights of /called (RouteRulesCustomizer)";

    private static final String HANDLERS = ", preflights where CORS is configured (addCorsMappings, @CrossOrigin)";

    private static String[] and(String[] properties, String... more) {
        return Stream.of(properties, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static String line(CapturedOutput output, RunningApp started) {
        started.close();
        List<String> found = output.getOut()
                .lines()
                .filter(line -> line.contains("lectern-auth: dialect"))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0).substring(found.get(0).indexOf("lectern-auth: dialect"));
    }

    @Test
    void of_a_servlet_application(CapturedOutput output) {
        assertThat(line(output, RunningApp.start(Opened.class, and(RunningApp.WITHOUT_SECURITY, ROUTES))))
                .isEqualTo("lectern-auth: dialect lectern; guarded: every path; paths with rules: 17; public: " + PUBLIC
                        + HANDLERS + "; management API: /api/v1/orgs");
    }

    @Test
    void of_a_servlet_application_with_a_chain_of_its_own(CapturedOutput output) {
        assertThat(line(output, RunningApp.start(OwnChain.class, ROUTES)))
                .contains("guarded: the paths of each SecurityFilterChain with lecternAuth();")
                .contains("preflights where CORS is configured, in chains with http.cors(...) (addCorsMappings,"
                        + " @CrossOrigin);");
    }

    @Test
    void of_an_application_with_webflux(CapturedOutput output) {
        assertThat(line(
                        output,
                        RunningApp.startWebFlux(OpenedFlux.class, and(ROUTES, RunningApp.WEBFLUX_WITHOUT_SECURITY))))
                .isEqualTo("lectern-auth: dialect lectern; guarded: every path; paths with rules: 16; public: " + PUBLIC
                        + HANDLERS + "; management API: /api/v1/orgs");
    }

    @Test
    void of_rules_that_are_a_bean_which_open_nothing_else(CapturedOutput output) {
        assertThat(line(output, RunningApp.start(OwnRules.class, RunningApp.WITHOUT_SECURITY)))
                .contains("paths with rules: 2; public: GET /mine (RouteRules bean), preflights where");
    }

    @Test
    void of_a_source_of_cors_that_is_a_bean(CapturedOutput output) {
        assertThat(line(output, RunningApp.start(CorsBean.class, RunningApp.WITHOUT_SECURITY)))
                .contains("preflights where CORS is configured (corsConfigurationSource);");
    }

    @Test
    void of_endpoints_with_cors(CapturedOutput output) {
        String[] property = {"management.endpoints.web.cors.allowed-origins[0]=https://app.example"};
        try (RunningApp app = RunningApp.start(Empty.class, and(RunningApp.WITHOUT_SECURITY, property))) {
            assertThat(app.send(
                                    "OPTIONS",
                                    "/actuator/health",
                                    "",
                                    "Origin",
                                    "https://app.example",
                                    "Access-Control-Request-Method",
                                    "GET")
                            .headers()
                            .firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://app.example");
            assertThat(line(output, app))
                    .contains("preflights where CORS is configured (management.endpoints.web.cors);");
        }
    }

    @Test
    void of_an_application_without_cors_and_public_routes(CapturedOutput output) {
        assertThat(line(
                        output,
                        RunningApp.start(
                                Empty.class,
                                and(RunningApp.WITHOUT_SECURITY, "management.endpoint.health.access=none"))))
                .isEqualTo("lectern-auth: dialect lectern; guarded: every path; paths with rules: 0; public: nothing;"
                        + " management API: not exposed, since it needs beans of type ManagementAuthority and"
                        + " TenantDirectory");
    }

    private static RouteRulesCustomizer opening() {
        return rules -> rules.permitAll("GET", "/opened")
                .guard("GET", "/closed")
                .guardOrPassThrough("*", "/other", Requirement.anyToken())
                .preflight("/called");
    }

    @Configuration(proxyBeanMethods = false)
    static class Opened extends LearnerApi {
        @Bean
        RouteRulesCustomizer more() {
            return opening();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OpenedFlux extends LearnerFluxApi {
        @Bean
        RouteRulesCustomizer more() {
            return opening();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnChain extends LearnerApi {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults()).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRules extends LearnerApi {
        @Bean
        RouteRules rules() {
            return RouteRules.builder()
                    .permitAll("GET", "/mine")
                    .guard("GET", "/yours")
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class CorsBean extends LearnerApi {
        @Bean
        UrlBasedCorsConfigurationSource corsConfigurationSource() {
            UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
            source.registerCorsConfiguration("/v1/**", new CorsConfiguration());
            return source;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Empty {}
}
