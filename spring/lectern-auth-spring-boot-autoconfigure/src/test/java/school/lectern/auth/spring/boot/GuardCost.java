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
import java.nio.file.Path;
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
 * and sets the same response headers, and with it over Spring Security's own filter for opaque tokens with an introspector that
 * has cached its answer. Each server is a process of its own, as in production, so that the compiler does not see the code of
 * the others. The servers take turns. It prints ratios, and judges none.
 */
class GuardCost {

    private static final int ROUNDS = Integer.getInteger("cost.rounds", 9);
    private static final int REQUESTS = Integer.getInteger("cost.requests", 15_000);

    /** CR LF CR LF. */
    private static final int END_OF_HEAD = 0x0D0A0D0A;

    private enum Variant {
        NOTHING("a filter that judges nothing", Plain.class, false),
        FILTER("the library's filter", Guarded.class, false),
        UNRECORDED("the library's filter without audit and meters", Guarded.class, false),
        OPAQUE("Spring Security with opaque tokens, cached", Opaque.class, true),
        CHAIN("Spring Security with the library", InChain.class, true);

        private final String label;
        private final Class<?> application;
        private final boolean hasSecurity;

        Variant(String label, Class<?> application, boolean hasSecurity) {
            this.label = label;
            this.application = application;
            this.hasSecurity = hasSecurity;
        }

        private boolean hasLibrary() {
            return this != NOTHING && this != OPAQUE;
        }

        /** Starts the application, and returns its port and the credential of its requests. */
        private String start() {
            List<String> properties =
                    new ArrayList<>(List.of("logging.level.root=warn", "server.tomcat.max-keep-alive-requests=-1"));
            if (!hasSecurity) {
                properties.addAll(Arrays.asList(RunningApp.WITHOUT_SECURITY));
            }
            properties.add("lectern.auth.enabled=" + hasLibrary());
            if (this == UNRECORDED) {
                properties.addAll(
                        List.of("lectern.auth.audit.mode=off", "management.metrics.enable.lectern.auth=false"));
            }
            RunningApp app = RunningApp.start(application, properties.toArray(String[]::new));
            return app.port() + " "
                    + (hasLibrary() ? app.token("read:learners") : "Bearer 0123456789abcdef0123456789abcdef");
        }
    }

    /** Runs one server until its input ends. */
    public static void main(String[] variant) throws IOException {
        System.out.println(READY + Variant.valueOf(variant[0]).start());
        while (System.in.read() >= 0) {}
        Runtime.getRuntime().halt(0);
    }

    private static final String READY = "ready ";

    /** A server, and the nanoseconds of each request in each round. */
    private record Server(Variant variant, Process process, int port, String credential, List<Double> nanos)
            implements AutoCloseable {

        static Server start(Variant variant) {
            try {
                Process process = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                GuardCost.class.getName(),
                                variant.name())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                String line = process.inputReader()
                        .lines()
                        .filter(printed -> printed.startsWith(READY))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException(variant + " has not started"));
                String[] parts = line.substring(READY.length()).split(" ", 2);
                return new Server(variant, process, Integer.parseInt(parts[0]), parts[1], new ArrayList<>());
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        void run(int requests) {
            long start = System.nanoTime();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
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

        double median() {
            return nanos.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow();
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    @Test
    void measure() {
        try (Server nothing = Server.start(Variant.NOTHING);
                Server filter = Server.start(Variant.FILTER);
                Server unrecorded = Server.start(Variant.UNRECORDED);
                Server opaque = Server.start(Variant.OPAQUE);
                Server chain = Server.start(Variant.CHAIN)) {
            List<Server> all = List.of(nothing, filter, unrecorded, opaque, chain);
            all.forEach(server -> server.run(4 * REQUESTS));
            all.forEach(server -> server.nanos().clear());
            for (int round = 0; round < ROUNDS; round++) {
                all.forEach(server -> server.run(REQUESTS));
            }
            print(filter, nothing);
            print(unrecorded, nothing);
            print(chain, opaque);
        }
    }

    /** Prints the median, the smallest and the largest ratio of two servers in the same round. */
    private static void print(Server measured, Server base) {
        double[] ratios = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            ratios[round] = measured.nanos().get(round) / base.nanos().get(round);
        }
        Arrays.sort(ratios);
        System.out.printf(
                "%s / %s: %.3f (%.3f to %.3f in %d rounds of %d requests; %.1f and %.1f us)%n",
                measured.variant().label,
                base.variant().label,
                ratios[ROUNDS / 2],
                ratios[0],
                ratios[ROUNDS - 1],
                ROUNDS,
                REQUESTS,
                measured.median() / 1000,
                base.median() / 1000);
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
