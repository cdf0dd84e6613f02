package school.lectern.auth.spring.boot;

import org.springframework.core.env.Environment;

/** The prefix that makes a scope an authority, for beans of the infrastructure, which are created before properties are bound. */
final class AuthorityPrefix {

    private AuthorityPrefix() {}

    static String of(Environment environment) {
        return environment.getProperty("lectern.auth.security.authority-prefix", "SCOPE_");
    }
}
