package school.lectern.auth.spring.boot;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import school.lectern.auth.LecternAuth;

/** Reports the health of the cache of tokens, if the application has Spring Boot's health. */
@AutoConfiguration(after = LecternAuthAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
public final class LecternAuthHealthAutoConfiguration {

    /** The condition of the property is a class of Spring Boot's health, so it is evaluated only after that of the class. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnSingleCandidate(LecternAuth.class)
    @ConditionalOnEnabledHealthIndicator("lectern-auth")
    static class Indicator {

        @Bean
        @ConditionalOnMissingBean(name = "lecternAuthHealthIndicator")
        HealthIndicator lecternAuthHealthIndicator(LecternAuth auth) {
            return new LecternAuthHealthIndicator(auth);
        }
    }
}
