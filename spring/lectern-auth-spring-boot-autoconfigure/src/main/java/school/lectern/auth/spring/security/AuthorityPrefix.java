package school.lectern.auth.spring.security;

import org.springframework.core.env.Environment;

/**
 * The prefix of {@code lectern.auth.security.authority-prefix}, for chains of an application and for beans of the
 * infrastructure, which are created before properties are bound.
 */
public final class AuthorityPrefix {

    private AuthorityPrefix() {}

    /**
     * {@return the prefix that makes a scope an authority; {@code SCOPE_} unless the property is set}
     *
     * @param environment the properties of the application
     */
    public static String of(Environment environment) {
        return environment.getProperty("lectern.auth.security.authority-prefix", "SCOPE_");
    }
}
