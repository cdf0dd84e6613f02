package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import java.net.http.HttpResponse;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import school.lectern.auth.spring.security.ReactiveTokenDenials;
import school.lectern.auth.spring.web.RequiresScope;

/** The property sets the prefix of the authorities in each chain, unless the chain has a prefix of its own. */
class AuthorityPrefixTest {

    /** In another spelling than the documentation's, since names of properties are relaxed. */
    private static final String PROPERTY = "lectern.auth.security.authorityPrefix=MAY_";

    private static void assertPrefix(RunningApp started, String prefix) {
        try (RunningApp app = started) {
            String token = app.token("read:learners");
            assertThat(app.get("/v1/me", "Authorization", token).body()).isEqualTo("[" + prefix + "read:learners]");
            HttpResponse<String> denied = app.get("/v1/write", "Authorization", token);
            assertThat(denied.statusCode()).isEqualTo(403);
            assertThat(denied.body()).contains("insufficient_scope");
        }
    }

    @Test
    void is_set_once_like_each_setting_of_the_configurer() {
        assertThatThrownBy(() -> lecternAuth().authorityPrefix("MAY_").authorityPrefix("CAN_"))
                .hasMessage("authorityPrefix must be set once, but was set before: remove one of the calls");
    }

    @Test
    void in_the_chain_of_the_starter() {
        assertPrefix(RunningApp.start(Plain.class, PROPERTY), "MAY_");
    }

    @Test
    void in_a_chain_of_the_application() {
        assertPrefix(RunningApp.start(OwnChain.class, PROPERTY), "MAY_");
        assertPrefix(RunningApp.start(OwnScopeChain.class), "SCOPE_");
        try (RunningApp app = RunningApp.start(OwnChain.class, PROPERTY)) {
            HttpResponse<String> denied = app.get("/v1/secured", "Authorization", app.token("read:learners"));
            assertThat(denied.statusCode()).isEqualTo(403);
            assertThat(denied.body()).as("the authority is a scope").contains("lacks a scope");
        }
    }

    @Test
    void in_a_chain_that_sets_another_one() {
        assertPrefix(RunningApp.start(ChainWithPrefix.class, PROPERTY), "CAN_");
        try (RunningApp app = RunningApp.start(ChainWithPrefix.class, PROPERTY)) {
            HttpResponse<String> denied = app.get("/v1/service", "Authorization", app.token("read:learners"));
            assertThat(denied.statusCode()).isEqualTo(403);
            assertThat(denied.body()).contains("lacks a scope");
        }
    }

    @Test
    void in_a_chain_of_an_application_with_webflux() {
        assertPrefix(RunningApp.startWebFlux(FluxChain.class, PROPERTY), "MAY_");
    }

    abstract static class Routes {
        @GetMapping("/v1/me")
        @RequiresScope("read:learners")
        public String me(Authentication authentication) {
            Collection<?> authorities = authentication.getAuthorities();
            return authorities.toString();
        }
    }

    @RestController
    static class MayRoutes extends Routes {
        @GetMapping("/v1/secured")
        @RequiresScope("read:learners")
        public String secured() {
            return "must not be reached";
        }

        @GetMapping("/v1/write")
        @RequiresScope("read:learners")
        @PreAuthorize("hasAuthority('MAY_write:learners')")
        public String write() {
            return "must not be reached";
        }
    }

    @RestController
    static class ScopeRoutes extends Routes {
        @GetMapping("/v1/write")
        @RequiresScope("read:learners")
        @PreAuthorize("hasAuthority('SCOPE_write:learners')")
        public String write() {
            return "must not be reached";
        }
    }

    static class Service {
        @RequiresScope("delete:learners")
        void deleteAll() {}
    }

    @RestController
    static class CanRoutes extends Routes {
        private final Service service;

        CanRoutes(Service service) {
            this.service = service;
        }

        @GetMapping("/v1/service")
        @RequiresScope("read:learners")
        public void service() {
            service.deleteAll();
        }

        @GetMapping("/v1/write")
        @RequiresScope("read:learners")
        @PreAuthorize("hasAuthority('CAN_write:learners')")
        public String write() {
            return "must not be reached";
        }
    }

    @RestController
    static class FluxRoutes extends Routes {
        @GetMapping("/v1/write")
        @RequiresScope("read:learners")
        @PreAuthorize("hasAuthority('MAY_write:learners')")
        public Mono<String> write() {
            return Mono.just("must not be reached");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import(MayRoutes.class)
    static class Plain {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import(MayRoutes.class)
    static class OwnChain {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.requestMatchers("/v1/secured")
                            .hasAuthority("MAY_write:learners")
                            .anyRequest()
                            .permitAll())
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import(ScopeRoutes.class)
    static class OwnScopeChain {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults()).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import({CanRoutes.class, Service.class})
    static class ChainWithPrefix {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), lectern -> lectern.authorityPrefix("CAN_"))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableReactiveMethodSecurity
    @Import(FluxRoutes.class)
    static class FluxChain {
        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity http, ReactiveTokenDenials denials) {
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().authenticated())
                    .exceptionHandling(handling -> handling.accessDeniedHandler(denials))
                    .build();
        }
    }
}
