package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.spring.web.RequiresScope;

/** Users with a session and programs with a token share an application: in one chain, and with the filter before the chain. */
class FormLoginTest {

    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");

    private static final String[] USER = {"spring.security.user.name=ada", "spring.security.user.password=secret"};

    private static final String FORM = "application/x-www-form-urlencoded";

    private static String csrf(String page) {
        Matcher found = CSRF.matcher(page);
        assertThat(found.find()).as(page).isTrue();
        return found.group(1);
    }

    private static String session(HttpResponse<String> response) {
        return response.headers().firstValue("Set-Cookie").orElseThrow().replaceAll(";.*", "");
    }

    /** Logs in as a browser does, and returns the cookie of the session. */
    private static String logIn(RunningApp app) {
        HttpResponse<String> page = app.get("/login", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(200);
        String before = session(page);
        String[] form = {"Cookie", before, "Content-Type", FORM};
        app.send("POST", "/login", "username=ada&password=secret", form);
        assertThat(app.get("/dashboard", "Cookie", before, "Accept", "text/html")
                        .statusCode())
                .as("after a forged login")
                .isEqualTo(302);
        String token = "&_csrf=" + csrf(page.body());
        HttpResponse<String> wrong = app.send("POST", "/login", "username=ada&password=wrong" + token, form);
        assertThat(wrong.headers().firstValue("Location").orElseThrow()).endsWith("/login?error");
        HttpResponse<String> right = app.send("POST", "/login", "username=ada&password=secret" + token, form);
        assertThat(right.statusCode()).isEqualTo(302);
        assertThat(right.headers().firstValue("Location").orElseThrow()).doesNotContain("/login");
        String after = session(right);
        assertThat(after).as("the session gets another id").isNotEqualTo(before);
        return after;
    }

    @Test
    void a_login_and_tokens_share_a_chain() {
        try (RunningApp app = RunningApp.start(OneChain.class, USER)) {
            String cookie = logIn(app);
            HttpResponse<String> dashboard = app.get("/dashboard", "Cookie", cookie);
            assertThat(dashboard.body()).startsWith("dashboard of ada ");
            assertThat(app.get("/dashboard", "Accept", "text/html").statusCode())
                    .as("without a session")
                    .isEqualTo(302);

            String token = app.token("read:learners");
            HttpResponse<String> api = app.get("/v1/me", "Authorization", token);
            assertThat(api.statusCode()).as(api.body()).isEqualTo(200);
            assertThat(api.headers().firstValue("Set-Cookie")).isEmpty();
            HttpResponse<String> denied = app.get("/v1/me", "Cookie", cookie);
            assertThat(denied.statusCode())
                    .as("a session is no token for a guarded route")
                    .isEqualTo(401);
            assertThat(denied.body()).contains("\"error\"");
            assertThat(app.get("/dashboard", "Cookie", cookie).body())
                    .as("the session is unharmed")
                    .startsWith("dashboard of ada ");
            HttpResponse<String> both = app.get("/v1/me", "Cookie", cookie, "Authorization", token);
            assertThat(both.body()).as("the token decides").isNotEqualTo("ada");
            assertThat(app.get("/dashboard", "Cookie", cookie).body())
                    .as("the token does not become the session's user")
                    .startsWith("dashboard of ada ");

            String csrf = "_csrf=" + dashboard.body().substring(dashboard.body().lastIndexOf(' ') + 1);
            String[] form = {"Cookie", cookie, "Content-Type", FORM};
            assertThat(app.send("POST", "/notes", "a=b", form).statusCode())
                    .as("a forged form")
                    .isEqualTo(403);
            assertThat(app.send("POST", "/notes", csrf, form).body()).isEqualTo("noted");
        }
    }

    @Test
    void the_filter_before_spring_security_decides_first() {
        String[] properties = {
            USER[0],
            USER[1],
            "lectern.auth.filter.enabled=true",
            "lectern.auth.routes[0].path=/login",
            "lectern.auth.routes[0].access=permit-all",
            "lectern.auth.routes[1].path=/dashboard",
            "lectern.auth.routes[1].access=pass-through",
            "lectern.auth.routes[2].path=/v1/closed"
        };
        try (RunningApp app = RunningApp.start(BehindFilter.class, properties)) {
            String token = app.token("read:learners");
            HttpResponse<String> unauthenticated = app.get("/v1/me");
            assertThat(unauthenticated.statusCode()).isEqualTo(401);
            assertThat(unauthenticated.body()).contains("\"error\"");
            assertThat(app.get("/v1/me", "Authorization", app.token("write:learners"))
                            .statusCode())
                    .isEqualTo(403);
            assertThat(app.get("/v1/me", "Authorization", token).body()).isEqualTo("no user");
            HttpResponse<String> closed = app.get("/v1/closed", "Authorization", token);
            assertThat(closed.headers().firstValue("Location").orElse(""))
                    .as("Spring Security, which does not know the token, denies what the filter admits")
                    .endsWith("/login");
            assertThat(app.get("/notes").statusCode())
                    .as("a path without a rule is closed, although the chain leaves it to users")
                    .isEqualTo(401);
            String cookie = logIn(app);
            assertThat(app.get("/dashboard", "Cookie", cookie).body()).startsWith("dashboard of ada ");
            assertThat(app.get("/dashboard", "Accept", "text/html").statusCode())
                    .isEqualTo(302);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({GuideExamples.Chain.class, Routes.class})
    static class OneChain {}

    /** Without {@code lecternAuth()}: the filter is before the chain. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class BehindFilter {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/v1/me")
                            .permitAll()
                            .requestMatchers("/v1/closed")
                            .denyAll()
                            .anyRequest()
                            .authenticated())
                    .formLogin(withDefaults())
                    .build();
        }
    }

    @RestController
    static class Routes {

        @GetMapping("/v1/me")
        @RequiresScope("read:learners")
        String me(Authentication authentication) {
            return authentication == null ? "no user" : authentication.getName();
        }

        @GetMapping("/v1/closed")
        String closed() {
            return "must not be reached";
        }

        @GetMapping("/dashboard")
        String dashboard(Authentication authentication, CsrfToken csrf) {
            return "dashboard of " + authentication.getName() + " " + csrf.getToken();
        }

        @PostMapping("/notes")
        String notes() {
            return "noted";
        }
    }
}
