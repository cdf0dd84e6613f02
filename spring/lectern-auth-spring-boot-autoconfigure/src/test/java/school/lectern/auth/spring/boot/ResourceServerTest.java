package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A resource server of OAuth 2.0 shares a chain with the library, and each of them verifies its own tokens. */
@TestInstance(Lifecycle.PER_CLASS)
class ResourceServerTest {

    private static final String OTHER = "Bearer other-token";

    private RunningApp app;

    @BeforeAll
    void start() {
        app = RunningApp.start(
                Application.class,
                "lectern.auth.routes[0].path=/v1/guarded",
                "lectern.auth.routes[0].scope=read:learners",
                "lectern.auth.routes[1].path=/v1/either",
                "lectern.auth.routes[1].access=pass-through",
                "lectern.auth.routes[1].scope=read:learners");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void each_token_is_verified_by_the_one_that_issued_it() {
        String token = app.token("read:learners");
        for (String path : new String[] {"/v1/either", "/other"}) {
            assertThat(app.get(path, "Authorization", token).body()).as(path).isEqualTo("LecternAuthenticationToken");
            assertThat(app.get(path, "Authorization", OTHER).body()).as(path).isEqualTo("BearerTokenAuthentication");
        }
        assertThat(app.get("/v1/guarded", "Authorization", token).statusCode()).isEqualTo(200);
        assertThat(app.get("/v1/guarded", "Authorization", OTHER).statusCode()).isEqualTo(401);
    }

    @Test
    void a_wrong_token_is_denied_by_the_one_whose_tokens_look_like_it() {
        String wrong = app.token("read:learners").replaceAll("....$", "AAAA");
        HttpResponse<String> ours = app.get("/other", "Authorization", wrong);
        assertThat(ours.statusCode()).isEqualTo(401);
        assertThat(ours.body()).contains("\"error\"");
        HttpResponse<String> others = app.get("/other", "Authorization", "Bearer unknown");
        assertThat(others.statusCode()).isEqualTo(401);
        assertThat(others.headers().firstValue("WWW-Authenticate").orElseThrow())
                .contains("invalid_token");
        assertThat(others.body()).isEmpty();
    }

    @Test
    void a_missing_credential_is_asked_for_by_the_resource_server_where_the_rules_leave_it_to_the_chain() {
        HttpResponse<String> response = app.get("/other");
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Bearer");
        assertThat(response.body()).isEmpty();
        assertThat(app.get("/v1/guarded").body()).contains("\"error\"");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class Application {

        @Bean
        OpaqueTokenIntrospector introspector() {
            return token -> {
                if (!OTHER.endsWith(token)) {
                    throw new BadOpaqueTokenException("unknown");
                }
                return new DefaultOAuth2AuthenticatedPrincipal(
                        "someone", Map.of("active", true), List.of(new SimpleGrantedAuthority("SCOPE_read:learners")));
            };
        }

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .oauth2ResourceServer(server -> server.opaqueToken(withDefaults()))
                    .build();
        }
    }

    @RestController
    static class Routes {

        @GetMapping({"/v1/guarded", "/v1/either", "/other"})
        String who(Authentication authentication) {
            return authentication.getClass().getSimpleName();
        }
    }
}
