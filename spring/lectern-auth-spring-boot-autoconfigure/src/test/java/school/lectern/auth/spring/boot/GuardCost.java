package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.OncePerRequestFilter;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;

/**
 * Measures what the guard adds to a request of Spring MVC on Tomcat: without Spring Security over a filter that judges nothing
 * and sets the same response headers, and with it over Spring Security's own filter for opaque tokens with an introspector that has cached its answer. All servers
 * run in one process, and take turns. It prints ratios, and judges none.
 */
class GuardCost {

    private static final int ROUNDS = Integer.getInteger("cost.rounds", 9);
    private static final int REQUESTS = Integer.getInteger("cost.requests", 15_000);

    /** CR LF CR LF. */
    private static final int END_OF_HEAD = 0x0D0A0D0A;

    private static final String OPAQUE = "Bearer 0123456789abcdef0123456789abcdef";

    /** A server, and the nanoseconds of each request in each round. */
    private record Variant(String name, RunningApp app, String credential, List<Double> nanos)
            implements AutoCloseable {

        static Variant of(String name, Class<?> application, boolean ours, String... properties) {
            List<String> all =
                    new ArrayList<>(List.of("logging.level.root=warn", "server.tomcat.max-keep-alive-requests=-1"));
            all.addAll(Arrays.asList(properties));
            RunningApp app = RunningApp.start(application, all.toArray(String[]::new));
            return new Variant(name, app, ours ? app.token("read:learners") : OPAQUE, new ArrayList<>());
        }

        void run(int requests) {
            long start = System.nanoTime();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), app.port())) {
                socket.setTcpNoDelay(true);
                InputStream in = new BufferedInputStream(socket.getInputStream());
                byte[] request = ("GET /v1/learners/7 HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + credential
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
                for (int i = 0; i < requests; i++) {
                    socket.getOutputStream().write(request);
                    readResponse(in);
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            nanos.add((System.nanoTime() - start) / (double) requests);
        }

        /** Reads a response to its body's last byte: the handler answers one byte. */
        private static void readResponse(InputStream in) throws IOException {
            int status = 0;
            int last4 = 0;
            for (int position = 0; last4 != END_OF_HEAD; position++) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException("the server has closed the connection");
                }
                if (position >= 9 && position < 12) {
                    status = status * 10 + (next - '0');
                }
                last4 = last4 << 8 | next;
            }
            assertThat(status).isEqualTo(200);
            assertThat(in.read()).isEqualTo('x');
        }

        @Override
        public void close() {
            app.close();
        }
    }

    @Test
    void measure() {
        try (Variant nothing = Variant.of("a filter that judges nothing", Plain.class, false, noLibrary());
                Variant filter = Variant.of("the library's filter", Guarded.class, true, RunningApp.WITHOUT_SECURITY);
                Variant unrecorded =
                        Variant.of("the library's filter without audit and meters", Guarded.class, true, unrecorded());
                Variant opaque = Variant.of(
                        "Spring Security with opaque tokens, cached",
                        Opaque.class,
                        false,
                        "lectern.auth.enabled=false");
                Variant chain = Variant.of("Spring Security with the library", InChain.class, true)) {
            List<Variant> all = List.of(nothing, filter, unrecorded, opaque, chain);
            all.forEach(variant -> variant.run(2 * REQUESTS));
            all.forEach(variant -> variant.nanos().clear());
            for (int round = 0; round < ROUNDS; round++) {
                all.forEach(variant -> variant.run(REQUESTS));
            }
            print(filter, nothing);
            print(unrecorded, nothing);
            print(chain, opaque);
        }
    }

    private static String[] unrecorded() {
        List<String> properties = new ArrayList<>(List.of(RunningApp.WITHOUT_SECURITY));
        properties.add("lectern.auth.audit.mode=off");
        properties.add("management.metrics.enable.lectern.auth=false");
        return properties.toArray(String[]::new);
    }

    private static String[] noLibrary() {
        String[] properties = RunningApp.WITHOUT_SECURITY.clone();
        properties[0] = "lectern.auth.enabled=false";
        return properties;
    }

    /** Prints the median, the smallest and the largest ratio of two servers in the same round. */
    private static void print(Variant measured, Variant base) {
        double[] ratios = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            ratios[round] = measured.nanos().get(round) / base.nanos().get(round);
        }
        Arrays.sort(ratios);
        System.out.printf(
                "%s / %s: %.3f (%.3f to %.3f in %d rounds of %d requests; %.1f and %.1f us)%n",
                measured.name(),
                base.name(),
                ratios[ROUNDS / 2],
                ratios[0],
                ratios[ROUNDS - 1],
                ROUNDS,
                REQUESTS,
                median(measured) / 1000,
                median(base) / 1000);
    }

    private static double median(Variant variant) {
        return variant.nanos().stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow();
    }

    @RestController
    static class Routes {
        @GetMapping(path = "/v1/learners/{id}", produces = "text/plain")
        String learner(@PathVariable String id) {
            return "x";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class Plain {
        @Bean
        OncePerRequestFilter nothing() {
            return new OncePerRequestFilter() {
                @Override
                protected void doFilterInternal(
                        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                        throws ServletException, IOException {
                    assertThat(request.getHeader("Authorization")).isNotNull();
                    response.setHeader("X-Request-Id", "req_5q1x9k2c7t4m0ab");
                    response.setHeader("X-RateLimit-Limit", "1000000000");
                    response.setHeader("X-RateLimit-Remaining", "999999999");
                    response.setHeader("X-RateLimit-Reset", "2026-11-27T13:00:00Z");
                    chain.doFilter(request, response);
                }
            };
        }
    }

    /** The limit is counted, and is never used up. */
    @Configuration(proxyBeanMethods = false)
    static class Library {
        @Bean
        Dialect dialect() {
            LimitPlan limits = LimitPlan.unlimited()
                    .with(LimitPlan.READ, RateLimit.perMinute(1_000_000_000))
                    .byDefault(LimitPlan.READ);
            return Lectern.DIALECT.toBuilder()
                    .limits(limits, LimitHeaders.X_RATE_LIMIT)
                    .build();
        }

        @Bean
        RouteRulesCustomizer learners() {
            return rules -> rules.guard("GET", "/v1/learners/{id}", "read:learners");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Routes.class, Library.class})
    static class Guarded {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Routes.class, Library.class})
    static class InChain {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("SCOPE_read:learners"))
                    .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class Opaque {
        @Bean
        OpaqueTokenIntrospector introspector() {
            Map<String, OAuth2AuthenticatedPrincipal> cached = new ConcurrentHashMap<>();
            return token -> cached.computeIfAbsent(
                    token,
                    first -> new DefaultOAuth2AuthenticatedPrincipal(
                            "someone",
                            Map.of("active", true),
                            List.of(new SimpleGrantedAuthority("SCOPE_read:learners"))));
        }

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.oauth2ResourceServer(server -> server.opaqueToken(withDefaults()))
                    .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("SCOPE_read:learners"))
                    .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .build();
        }
    }
}
