package school.lectern.auth.spring.boot;

import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spring.security.ReactiveTokenDenials;
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
}
