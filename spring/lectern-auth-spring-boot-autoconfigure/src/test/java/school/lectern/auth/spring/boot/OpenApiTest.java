package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.ReadContext;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The OpenAPI description of an application says which operations need a token, and how requests are denied. */
@Tag("springdoc")
class OpenApiTest {

    private static String[] all(String[] some, String... more) {
        return Stream.of(some, DescribedApi.ROUTES, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static RunningApp startMvc(String... properties) {
        return RunningApp.start(DescribedApi.class, all(RunningApp.WITHOUT_SECURITY, properties));
    }

    private static RunningApp startWebFlux(String... properties) {
        return RunningApp.startWebFlux(
                DescribedApi.Flux.class, all(new String[] {RunningApp.WEBFLUX_WITHOUT_SECURITY}, properties));
    }

    private static ReadContext describe(RunningApp app) {
        return describe(app, "/v3/api-docs");
    }

    private static ReadContext describe(RunningApp app, String path) {
        HttpResponse<String> response = app.get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonPath.parse(response.body());
    }

    private static Object security(ReadContext description, String method, String path) {
        Map<String, Object> operation = description.read("$.paths['" + path + "']." + method);
        return operation.getOrDefault("security", "none");
    }

    private static Set<String> statuses(ReadContext description, String method, String path) {
        Map<String, Object> responses = description.read("$.paths['" + path + "']." + method + ".responses");
        return responses.keySet();
    }

    private static List<Map<String, List<String>>> token(String... scopes) {
        return List.of(Map.of("lecternToken", List.of(scopes)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Spring MVC", "WebFlux"})
    void operations_have_the_security_and_the_denials_of_their_rules(String framework) {
        try (RunningApp app = framework.equals("WebFlux") ? startWebFlux() : startMvc()) {
            ReadContext description = describe(app);
            assertThat(description.<Map<String, Object>>read("$.components.securitySchemes.lecternToken"))
                    .containsEntry("type", "http")
                    .containsEntry("scheme", "bearer")
                    .hasEntrySatisfying(
                            "bearerFormat", text -> assertThat(text.toString()).contains("sk_live_lectern_"));
            assertThat(security(description, "get", "/v1/learners/{id}")).isEqualTo(token("read:learners"));
            assertThat(statuses(description, "get", "/v1/learners/{id}")).containsExactly("200", "401", "403", "429");
            assertThat(security(description, "post", "/v1/bulk")).isEqualTo(token("write:learners"));
            assertThat(statuses(description, "post", "/v1/bulk")).containsExactly("200", "401", "403", "429");
            assertThat(security(description, "get", "/v1/any")).isEqualTo(token());
            assertThat(statuses(description, "get", "/v1/any")).containsExactly("200", "401", "429");
            assertThat(security(description, "get", "/v1/mixed"))
                    .isEqualTo(List.of(Map.of(), Map.of("lecternToken", List.of("read:learners"))));
            assertThat(security(description, "get", "/v1/unnamed")).isEqualTo(token());
            assertThat(statuses(description, "get", "/v1/unnamed")).containsExactly("200", "401");
            assertThat(security(description, "get", "/public/hello")).isEqualTo(List.of());
            assertThat(statuses(description, "get", "/public/hello")).containsExactly("200");
        }
    }

    @Test
    void described_denials_are_those_that_clients_get() {
        try (RunningApp app = startMvc()) {
            ReadContext description = describe(app);
            assertDescribed(description, app.get("/v1/learners/7"), "get", "/v1/learners/{id}", "401");
            assertDescribed(
                    description,
                    app.get("/v1/learners/7", "Authorization", app.token("read:finance")),
                    "get",
                    "/v1/learners/{id}",
                    "403");
            String token = app.token("write:learners");
            HttpResponse<String> last = app.send("POST", "/v1/bulk", "", "Authorization", token);
            for (int i = 0; i < 20 && last.statusCode() == 200; i++) {
                last = app.send("POST", "/v1/bulk", "", "Authorization", token);
            }
            assertDescribed(description, last, "post", "/v1/bulk", "429");
        }
    }

    private static void assertDescribed(
            ReadContext description, HttpResponse<String> response, String method, String path, String status) {
        Map<String, Object> described =
                description.read("$.paths['" + path + "']." + method + ".responses['" + status + "']");
        assertThat(response.statusCode()).hasToString(status);
        Map<String, Object> headers = JsonPath.read(described, "$.headers");
        assertThat(headers.keySet())
                .contains("X-Request-Id")
                .allSatisfy(name ->
                        assertThat(response.headers().firstValue(name)).as(name).isPresent());
        assertThat(response.headers().map().keySet())
                .as("the headers of the client")
                .filteredOn(name -> name.matches("(?i)(www-|retry-|x-|rate).*"))
                .allSatisfy(name -> assertThat(headers.keySet()).anyMatch(name::equalsIgnoreCase));
        Map<String, Map<String, Object>> content = JsonPath.read(described, "$.content");
        assertThat(JsonPath.<List<String>>read(described, "$..schema.type")).hasSize(headers.size() + 1);
        String type = response.headers().firstValue("Content-Type").orElseThrow();
        assertThat(content.keySet()).allSatisfy(media -> assertThat(type).startsWith(media));
        assertThat(members(JsonPath.<Map<String, Object>>read(response.body(), "$")))
                .isEqualTo(members(content.values().iterator().next().get("example")));
    }

    /** Returns the names of an object's members and of those of the objects in it. */
    private static List<String> members(Object json) {
        return json instanceof Map<?, ?> object
                ? object.entrySet().stream()
                        .flatMap(entry ->
                                Stream.concat(Stream.of(entry.getKey().toString()), members(entry.getValue()).stream()))
                        .toList()
                : List.of();
    }

    @Test
    void what_the_application_describes_itself_is_not_replaced() {
        try (RunningApp app = startMvc()) {
            ReadContext description = describe(app);
            assertThat(security(description, "get", "/v1/own"))
                    .isEqualTo(List.of(
                            Map.of("adminKey", List.of(), "lecternToken", List.of("read:finance", "read:learners"))));
            assertThat(description.<String>read("$.paths['/v1/own'].get.responses['403'].description"))
                    .isEqualTo("The application's own text");
            assertThat(statuses(description, "get", "/v1/own")).containsExactlyInAnyOrder("401", "403", "429");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(DescribedApi.class)
    static class OwnScheme {
        @Bean
        OpenAPI description() {
            return new OpenAPI()
                    .components(new Components()
                            .addSecuritySchemes(
                                    "lecternToken",
                                    new SecurityScheme()
                                            .type(SecurityScheme.Type.HTTP)
                                            .scheme("bearer")
                                            .description("The application's own text")))
                    .addSecurityItem(new SecurityRequirement().addList("lecternToken"));
        }
    }

    @Test
    void a_scheme_of_the_application_wins_and_public_operations_do_not_inherit_it() {
        try (RunningApp app = RunningApp.start(OwnScheme.class, all(RunningApp.WITHOUT_SECURITY))) {
            ReadContext description = describe(app);
            assertThat(description.<Map<String, Object>>read("$.components.securitySchemes.lecternToken"))
                    .containsEntry("description", "The application's own text")
                    .doesNotContainKey("bearerFormat");
            assertThat(security(description, "get", "/public/hello")).isEqualTo(List.of());
            assertThat(security(description, "get", "/v1/learners/{id}")).isEqualTo(token("read:learners"));
        }
    }

    @Test
    void openapi_3_0_allows_no_scopes_of_such_a_scheme() {
        try (RunningApp app = startMvc("springdoc.api-docs.version=openapi_3_0")) {
            ReadContext description = describe(app);
            assertThat(description.<String>read("$.openapi")).startsWith("3.0");
            assertThat(security(description, "get", "/v1/learners/{id}")).isEqualTo(token());
            assertThat(description.<String>read("$.paths['/v1/learners/{id}'].get.responses['403'].description"))
                    .contains("read:learners");
        }
    }

    @Test
    void groups_and_the_path_of_the_dispatcher_servlet_are_described_too() {
        try (RunningApp app = RunningApp.start(
                DescribedApi.class,
                Stream.concat(
                                Stream.of(RunningApp.WITHOUT_SECURITY),
                                Stream.of(
                                        "spring.mvc.servlet.path=/api",
                                        "springdoc.group-configs[0].group=learners",
                                        "springdoc.group-configs[0].paths-to-match=/v1/**",
                                        "lectern.auth.routes[0].path=/api/v3/api-docs/**",
                                        "lectern.auth.routes[0].access=permit-all"))
                        .toArray(String[]::new))) {
            ReadContext description = describe(app, "/api/v3/api-docs/learners");
            assertThat(security(description, "get", "/v1/learners/{id}")).isEqualTo(token("read:learners"));
        }
    }

    @Test
    void the_description_and_its_pages_need_a_token_unless_a_rule_opens_them() {
        try (RunningApp app = RunningApp.start(DescribedApi.class, RunningApp.WITHOUT_SECURITY)) {
            for (String path :
                    List.of("/v3/api-docs", "/v3/api-docs.yaml", "/swagger-ui.html", "/swagger-ui/index.html")) {
                assertThat(app.get(path).statusCode()).as(path).isEqualTo(401);
            }
        }
        try (RunningApp app =
                startMvc("lectern.auth.routes[5].path=/swagger-ui/**", "lectern.auth.routes[5].access=permit-all")) {
            assertThat(app.get("/swagger-ui/index.html").statusCode()).isEqualTo(200);
            assertThat(app.get("/v3/api-docs/swagger-config").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a_dialect_without_limits_has_no_429_and_its_own_errors() {
        try (RunningApp app = RunningApp.start(
                TenantApi.class,
                Stream.concat(
                                Stream.of(RunningApp.WITHOUT_SECURITY),
                                Stream.of(
                                        "lectern.auth.dialect=learnhouse",
                                        "lectern.auth.tenant-variable=org",
                                        "lectern.auth.routes[0].path=/v3/api-docs/**",
                                        "lectern.auth.routes[0].access=permit-all",
                                        "lectern.auth.routes[1].path=/orgs/{org}/courses"))
                        .toArray(String[]::new))) {
            ReadContext description = describe(app);
            assertThat(statuses(description, "get", "/orgs/{id}/courses")).containsExactly("200", "401", "403");
            assertThat(description.<String>read("$.paths['/orgs/{id}/courses'].get.responses['403']"
                            + ".content['application/json'].example.detail"))
                    .isEqualTo("API token cannot access resources outside its organization");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(TenantApi.Routes.class)
    static class TenantApi {
        @RestController
        static class Routes {
            @GetMapping("/orgs/{id}/courses")
            String courses(@PathVariable String id) {
                return id;
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(DescribedApi.class)
    static class OwnChain {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.requestMatchers("/v3/api-docs/**")
                            .permitAll()
                            .anyRequest()
                            .authenticated())
                    .build();
        }
    }

    @Test
    void paths_that_are_left_to_spring_security_are_not_described() {
        try (RunningApp app = RunningApp.start(OwnChain.class, all(new String[0]))) {
            ReadContext description = describe(app);
            assertThat(security(description, "get", "/v1/unnamed")).isEqualTo("none");
            assertThat(statuses(description, "get", "/v1/unnamed")).containsExactly("200");
            assertThat(security(description, "get", "/v1/learners/{id}")).isEqualTo(token("read:learners"));
        }
    }

    private final WebApplicationContextRunner web = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    LecternAuthAutoConfiguration.class,
                    LecternAuthRoutesAutoConfiguration.class,
                    LecternAuthServletAutoConfiguration.class,
                    LecternAuthOpenApiAutoConfiguration.class,
                    WebMvcAutoConfiguration.class))
            .withPropertyValues("lectern.auth.storage=memory", "lectern.auth.filter.enabled=true");

    @Test
    void the_description_is_left_alone_if_switched_off_or_replaced() {
        web.run(context -> assertThat(context).hasSingleBean(GlobalOpenApiCustomizer.class));
        web.withPropertyValues("lectern.auth.openapi.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(GlobalOpenApiCustomizer.class));
        web.withBean("lecternAuthOpenApiCustomizer", GlobalOpenApiCustomizer.class, DescribedApi.OwnCustomizer::new)
                .run(context -> assertThat(context.getBean(GlobalOpenApiCustomizer.class))
                        .isNotInstanceOf(TokenOpenApiCustomizer.class));
    }

    @Test
    void springdoc_is_not_needed() {
        web.withClassLoader(new FilteredClassLoader("org.springdoc", "io.swagger"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("lecternAuthOpenApiCustomizer"));
    }
}
