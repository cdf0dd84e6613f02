package school.lectern.auth.spring.boot;

import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spring.security.ReactiveTokenDenials;
import school.lectern.auth.spring.web.RequiresScope;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;
import school.lectern.auth.token.IssuedToken;

/** Java of docs/spring-boot.md that no other test has. {@link SpringBootGuideTest} compares the two. */
final class GuideExamples {

    private GuideExamples() {}

    static IssuedToken issue(LecternAuth auth) {
        IssuedToken token = auth.tenant("123")
                .tokens()
                .issue(NewToken.named("CI").scopes("read:learners"))
                .orElseThrow();
        return token;
    }

    static final class Limits {

        @Bean
        Dialect dialect() {
            LimitPlan limits = LimitPlan.unlimited()
                    .with(LimitPlan.READ, RateLimit.perMinute(600))
                    .with(LimitPlan.WRITE, RateLimit.perMinute(60))
                    .with(LimitPlan.BULK, RateLimit.perMinute(10));
            return Lectern.DIALECT.toBuilder()
                    .limits(limits, LimitHeaders.X_RATE_LIMIT)
                    .build();
        }
    }

    static final class Chain {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .formLogin(withDefaults())
                    .build();
        }
    }

    static final class ReactiveChain {

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity http, ReactiveTokenDenials denials) {
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().authenticated())
                    .exceptionHandling(handling -> handling.accessDeniedHandler(denials))
                    .formLogin(withDefaults())
                    .build();
        }
    }

    @RestController
    static final class SelfRotation {

        @PostMapping("/v1/tokens/self/rotate")
        @RequiresScope("read:learners")
        @Nullable
        ResponseEntity<Map<String, String>> rotate(HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            TokenPrincipal caller = LecternAuthFilter.principal(request);
            Outcome<IssuedToken> outcome = caller.rotateSelf(GracePeriod.of(Duration.ofMinutes(1)));
            if (outcome instanceof Outcome.Refused<IssuedToken> refused) {
                AuthErrors.send(request, response, refused.error());
                return null;
            }
            String secret = outcome.orElseThrow().secret().expose();
            return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(Map.of("token", secret));
        }
    }

    @RestController
    static final class ReactiveSelfRotation {

        @PostMapping("/v1/tokens/self/rotate")
        @RequiresScope("read:learners")
        Mono<ResponseEntity<Map<String, String>>> rotate(TokenPrincipal caller, ServerWebExchange exchange) {
            return Mono.fromCallable(() -> caller.rotateSelf(GracePeriod.of(Duration.ofMinutes(1))))
                    .subscribeOn(Schedulers.boundedElastic())
                    .flatMap(outcome -> outcome.fold(
                            rotated -> Mono.just(ResponseEntity.ok()
                                    .cacheControl(CacheControl.noStore())
                                    .body(Map.of("token", rotated.secret().expose()))),
                            error -> LecternAuthWebFilter.send(exchange, error).then(Mono.empty())));
        }
    }
}
