package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.models.OpenAPI;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import school.lectern.auth.LecternAuth;

/** Describes in the OpenAPI description of springdoc which operations need a token, and how requests are denied. */
@AutoConfiguration(after = LecternAuthRoutesAutoConfiguration.class)
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnClass({GlobalOpenApiCustomizer.class, OpenAPI.class})
@ConditionalOnWebApplication
@ConditionalOnProperty(name = "lectern.auth.openapi.enabled", matchIfMissing = true)
public final class LecternAuthOpenApiAutoConfiguration {

    private static final String CUSTOMIZER = "lecternAuthOpenApiCustomizer";

    @Bean(CUSTOMIZER)
    @ConditionalOnMissingBean(name = CUSTOMIZER)
    GlobalOpenApiCustomizer lecternAuthOpenApiCustomizer(ListableBeanFactory beans, Environment environment) {
        return new TokenOpenApiCustomizer(beans, DispatcherPath.of(environment));
    }
}
