package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.filter.HiddenHttpMethodFilter;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/** How the filter is mapped: which mappings prevent the start, and the effects of {@link LecternAuthFilter#register}. */
abstract class MappingBehaviour extends Behaviour {

    private static final String[] UPGRADE = {
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13"
    };

    private static RouteRules rules() {
        return RouteRules.builder()
                .permitAll("*", "/open/**")
                .guard("*", "/api/**", Requirement.scope("read:learners"))
                .guard("DELETE", "/v1/x", Requirement.scope("delete:learners"))
                .guard("POST", "/v1/x", Requirement.scope("write:learners"))
                .guard("GET", "/ws", Requirement.scope("read:learners"))
                .build();
    }

    /** Records why the filter did not start: a container may only log it. */
    private static final class Refusing implements Filter {
        private final LecternAuthFilter filter;
        private ServletException refusal;

        Refusing(LecternAuthFilter filter) {
            this.filter = filter;
        }

        @Override
        public void init(FilterConfig config) throws ServletException {
            try {
                filter.init(config);
            } catch (ServletException refused) {
                refusal = refused;
                throw refused;
            }
        }

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            filter.doFilter(request, response, chain);
        }
    }

    private void refusesToStart(
            Refusing filter, List<Filter> filters, UnaryOperator<Container.Application> change, String... words) {
        assertThatThrownBy(() -> start(filters, change)).isInstanceOf(Exception.class);
        assertThat(filter.refusal).hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @EnumSource(names = {"FORWARD", "ERROR", "ASYNC", "REQUEST"})
    void filter_that_misses_a_dispatch_refuses_to_start(DispatcherType missing) {
        Refusing filter = new Refusing(new LecternAuthFilter(auth, rules()));
        EnumSet<DispatcherType> types = LecternAuthFilter.dispatches();
        types.remove(missing);
        refusesToStart(
                filter,
                List.of(filter),
                application -> application.dispatching(types),
                "[" + missing + "]",
                "LecternAuthFilter.dispatches()",
                "FilterRegistrationBean");
    }

    /** As Spring Boot maps a filter that is a bean. */
    @Test
    void filter_for_requests_alone_refuses_to_start() {
        Refusing filter = new Refusing(new LecternAuthFilter(auth, rules()));
        refusesToStart(
                filter,
                List.of(filter),
                application -> application.dispatching(EnumSet.of(DispatcherType.REQUEST)),
                "FORWARD, ASYNC, ERROR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/staff/*", "/api/*", "/open/nothing", "/api/x/*"})
    void filter_whose_rules_are_outside_its_mapping_refuses_to_start(String pattern) {
        Refusing filter = new Refusing(new LecternAuthFilter(auth, rules()));
        refusesToStart(filter, List.of(filter), application -> application.map(filter, pattern), pattern, "/v1/x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/*", "/", "/api/*", "/api/v1/*", "/api", "/{any}/*"})
    void filter_may_be_mapped_to_the_paths_of_its_rules_alone(String pattern) throws Exception {
        RouteRules own = RouteRules.builder()
                .guard("*", "/api/**", Requirement.anyToken())
                .guard("*", "/{any}/v1/{more}", Requirement.anyToken())
                .build();
        assertThat(new UrlPattern(pattern).canMatch("/api/**")).isEqualTo(!pattern.startsWith("/{"));
        if (pattern.equals("/api") || pattern.startsWith("/{")) {
            return;
        }
        Filter filter = new LecternAuthFilter(auth, own);
        start(List.of(filter), application -> application.map(filter, pattern));
    }

    /** Spring Boot's own filter is a subclass. */
    private static final class Ordered extends HiddenHttpMethodFilter {}

    @Test
    void filter_with_a_method_override_behind_it_refuses_to_start() {
        Refusing filter = new Refusing(new LecternAuthFilter(auth, rules()));
        refusesToStart(filter, List.of(filter, new Ordered()), UnaryOperator.identity(), "change the method", "-101");
    }

    @Test
    void filter_with_a_method_override_before_it_judges_the_overridden_method() throws Exception {
        handle("/v1/x", (request, response) -> response.getOutputStream().print(request.getMethod()));
        start(List.of(new Ordered(), new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        String form = "Content-Type: application/x-www-form-urlencoded";
        rawWithBody("POST /v1/x", "_method=DELETE", form, bearer(issue("write:learners")))
                .isError(403, "insufficient_scope");
        Reply deleted = rawWithBody("POST /v1/x", "_method=DELETE", form, bearer(issue("delete:learners")));
        assertThat(deleted.isOk().body()).isEqualTo("DELETE");
        assertThat(rawWithBody("POST /v1/x", "a=b", form, bearer(issue("write:learners")))
                        .isOk()
                        .body())
                .isEqualTo("POST");
    }

    @Test
    void registered_filter_guards_every_dispatch_and_what_the_handler_sees() throws Exception {
        handle("/api/x", says("x"));
        handle("/v1/x", (request, response) -> reached.add(request.getMethod()));
        handle(
                "/open/to",
                (request, response) -> request.getRequestDispatcher("/api/x").forward(request, response));
        handle("/open/fails", (request, response) -> response.sendError(500));
        handle("/open/later", (request, response) -> request.startAsync().dispatch("/api/x"));
        handle("/error", says("error"));
        start(
                List.of(),
                application -> application.errorPage(500, "/error").extended(context -> {
                    LecternAuthFilter.register(context, auth, rules());
                    FilterRegistration.Dynamic custom =
                            context.addFilter("custom", (Filter) (request, response, chain) -> chain.doFilter(
                                    ((HttpServletRequest) request).getHeader("X-Custom") == null
                                            ? request
                                            : new HttpServletRequestWrapper((HttpServletRequest) request) {
                                                @Override
                                                public String getMethod() {
                                                    return "DELETE";
                                                }
                                            },
                                    response));
                    custom.setAsyncSupported(true);
                    custom.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                }));
        String token = bearer(issue("read:learners write:learners"));
        get("/open/to").isUnauthorized(false);
        get("/open/later").isUnauthorized(false);
        call("POST", "/v1/x", token, "X-Custom: 1").isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        assertThat(get("/open/fails").body()).isEqualTo("error");
        get("/open/to", token).isOk();
        get("/open/later", token).isOk();
        call("POST", "/v1/x", token).isOk();
        assertThat(get("/api/x", token).isOk().hasLimits(200, 197, RESET).body())
                .isEqualTo("x");
        assertThat(reached).containsExactly("error", "x", "x", "POST", "x");
    }

    @Test
    void two_filters_can_be_registered() throws Exception {
        handle("/api/x", says("x"));
        start(
                List.of(),
                application -> application.extended(context -> {
                    LecternAuthFilter.register(context, auth, rules());
                    LecternAuthFilter.register(
                            context,
                            auth,
                            RouteRules.builder()
                                    .guard("*", "/**", Requirement.scope("admin:tenant"))
                                    .build());
                }));
        get("/api/x", bearer(issue("read:learners"))).isError(403, "insufficient_scope");
        get("/api/x", bearer(issue("read:learners admin:tenant"))).isOk();
    }

    /** An endpoint for clients. */
    public static final class Echo extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {}
    }

    /** Returns an extension that adds this container's WebSocket endpoint at that path when the application starts. */
    abstract Container.Extension webSocket(String path);

    @Test
    void web_socket_behind_a_registered_filter_needs_a_token() throws Exception {
        Container.Extension sockets = webSocket("/ws");
        start(
                List.of(),
                application -> application.extended(context -> {
                    LecternAuthFilter.register(context, auth, rules());
                    sockets.extend(context);
                }));
        upgradesWithATokenAlone();
    }

    final void upgradesWithATokenAlone() throws IOException {
        assertThat(upgrade("Other: none")).isEqualTo(401);
        assertThat(upgrade("Authorization: Bearer nonsense")).isEqualTo(401);
        assertThat(upgrade(bearer(issue("write:learners")))).isEqualTo(403);
        assertThat(upgrade(bearer(issue("read:learners")))).isEqualTo(101);
    }

    /** Returns the status of an attempt to open a WebSocket. */
    private int upgrade(String credential) throws IOException {
        return rawStatus("GET /ws", and(UPGRADE, credential));
    }

    /** Returns whether this container's upgrade filter comes first by default. */
    abstract boolean upgradesFirst();

    @Test
    void filter_that_is_mapped_by_hand_guards_web_sockets_or_refuses_to_start() throws Exception {
        Refusing filter = new Refusing(new LecternAuthFilter(auth, rules()));
        UnaryOperator<Container.Application> change = application -> application.extended(webSocket("/ws"));
        if (upgradesFirst()) {
            refusesToStart(filter, List.of(filter), change, "without a token", "register");
        } else {
            start(List.of(filter), change);
            upgradesWithATokenAlone();
        }
    }
}
