package school.lectern.auth.spring.boot;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import school.lectern.auth.LecternAuth;

/** Refuses to start an application with WebFlux, which this version cannot guard: all its paths would be open. */
@AutoConfiguration(after = LecternAuthAutoConfiguration.class)
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
public final class LecternAuthReactiveAutoConfiguration {

    @Bean
    SmartInitializingSingleton lecternAuthReactiveCheck(Environment environment) {
        return () -> {
            if (Boolean.FALSE.equals(OnServletFilter.isEnabled(environment))) {
                return;
            }
            throw new LecternAuthConfigurationException(
                    "lectern-auth does not guard applications with WebFlux yet, so no route would need a token",
                    "Use Spring MVC, or guard the routes with your own WebFilter over HttpGuard and set"
                            + " lectern.auth.filter.enabled=false");
        };
    }
}
