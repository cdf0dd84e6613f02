package school.lectern.auth.spring.boot;

import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
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

    static final class Chain {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .formLogin(withDefaults())
                    .build();
        }
    }
}
