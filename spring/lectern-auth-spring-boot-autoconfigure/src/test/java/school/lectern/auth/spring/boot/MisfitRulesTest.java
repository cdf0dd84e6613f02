package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.spring.web.RequiresScope;

/** A rule that names something that the dialect does not have stops the start with a message, and not with a stack trace. */
@ExtendWith(OutputCaptureExtension.class)
class MisfitRulesTest {

    private static final String[] OF_A_PROPERTY = {
        "lectern.auth.routes[0].path=/v1/moon", "lectern.auth.routes[0].scope=fly:moon"
    };

    private static void assertExplained(CapturedOutput output) {
        assertThat(output.getOut().substring(output.getOut().lastIndexOf("APPLICATION FAILED TO START")))
                .contains(
                        "The routes do not fit the dialect: scope: a rule requires fly:moon, which no token of the dialect"
                                + " lectern can have.")
                .contains("the RouteRules bean that names it")
                .doesNotContain("\tat ");
    }

    private static void assertRefused(CapturedOutput output, Class<?> application, String... properties) {
        assertThatThrownBy(() -> RunningApp.start(application, properties).close())
                .isNotNull();
        assertExplained(output);
    }

    private static void assertRefusedWithWebFlux(CapturedOutput output, Class<?> application, String... properties) {
        assertThatThrownBy(
                        () -> RunningApp.startWebFlux(application, properties).close())
                .isNotNull();
        assertExplained(output);
    }

    @Test
    void rules_of_the_application_in_the_starter_s_chain(CapturedOutput output) {
        assertRefused(output, OwnRules.class);
    }

    @Test
    void rules_of_the_application_in_its_own_chain(CapturedOutput output) {
        assertRefused(output, OwnRulesInOwnChain.class);
    }

    @Test
    void rules_that_are_no_bean_in_a_chain_of_the_application(CapturedOutput output) {
        assertRefused(output, RulesOfAChain.class);
    }

    @Test
    void rules_of_the_application_without_spring_security(CapturedOutput output) {
        assertRefused(output, OwnRules.class, RunningApp.WITHOUT_SECURITY);
    }

    @Test
    void rules_of_the_application_with_webflux(CapturedOutput output) {
        assertRefusedWithWebFlux(output, OwnFluxRules.class);
    }

    @Test
    void rules_of_the_application_with_webflux_without_spring_security(CapturedOutput output) {
        assertRefusedWithWebFlux(output, OwnFluxRules.class, RunningApp.WEBFLUX_WITHOUT_SECURITY);
    }

    @Test
    void rules_of_properties(CapturedOutput output) {
        assertRefused(output, LearnerApi.class, OF_A_PROPERTY);
    }

    @Test
    void rules_of_properties_with_webflux(CapturedOutput output) {
        assertRefusedWithWebFlux(output, LearnerFluxApi.class, OF_A_PROPERTY);
    }

    @Test
    void rules_of_annotations(CapturedOutput output) {
        assertRefused(output, Annotated.class);
    }

    private static RouteRules misfit() {
        return RouteRules.builder().guard("GET", "/v1/moon", "fly:moon").build();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class OwnRules {
        @Bean
        RouteRules rules() {
            return misfit();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRulesInOwnChain extends OwnRules {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults()).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class RulesOfAChain {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), lectern -> lectern.routes(misfit())).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFluxRules extends LearnerFluxApi {
        @Bean
        RouteRules rules() {
            return misfit();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Handler.class)
    static class Annotated {}

    @RestController
    static class Handler {
        @GetMapping("/v1/moon")
        @RequiresScope("fly:moon")
        String moon() {
            return "must not be reached";
        }
    }
}
