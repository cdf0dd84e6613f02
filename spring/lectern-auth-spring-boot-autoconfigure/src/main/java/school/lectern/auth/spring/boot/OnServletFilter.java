package school.lectern.auth.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.ClassUtils;

/**
 * Matches if the servlet filter guards the application: if it is switched on, or if Spring Security is absent. Spring Security
 * guards it in exactly the other cases, unless the filter is switched off where Spring Security is absent.
 */
final class OnServletFilter extends SpringBootCondition {

    private static final String PROPERTY = "lectern.auth.filter.enabled";

    private static final String[] SPRING_SECURITY = {
        "org.springframework.security.web.SecurityFilterChain",
        "org.springframework.security.config.annotation.web.builders.HttpSecurity"
    };

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        boolean guards = guards(context);
        return new ConditionOutcome(
                guards,
                ConditionMessage.forCondition("lectern-auth filter")
                        .because((guards ? "guards" : "does not guard") + " the application"));
    }

    static boolean guards(ConditionContext context) {
        Boolean enabled = isEnabled(context.getEnvironment());
        return enabled != null ? enabled : !hasSpringSecurity(context);
    }

    static boolean hasSpringSecurity(ConditionContext context) {
        for (String type : SPRING_SECURITY) {
            if (!ClassUtils.isPresent(type, context.getClassLoader())) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the filter is switched on or off, or null if the property is not set. */
    static @Nullable Boolean isEnabled(Environment environment) {
        return environment.getProperty(PROPERTY, Boolean.class);
    }

    /** Matches if Spring Security guards the application. */
    static final class OnSpringSecurity extends SpringBootCondition {
        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            boolean guards = !OnServletFilter.guards(context) && hasSpringSecurity(context);
            return new ConditionOutcome(
                    guards,
                    ConditionMessage.forCondition("lectern-auth in Spring Security")
                            .because((guards ? "guards" : "does not guard") + " the application"));
        }
    }
}
