package school.lectern.auth.spring.test;

/** Properties with which an application starts as if Spring Security were not on the class path. */
public final class WithoutSpringSecurity {

    public static final String MVC_FILTER = "lectern.auth.filter.enabled=true";

    public static final String MVC = "spring.autoconfigure.exclude="
            + "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration";

    public static final String WEBFLUX = "spring.autoconfigure.exclude="
            + "org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration,"
            + "school.lectern.auth.spring.boot.LecternAuthReactiveSecurityAutoConfiguration";

    private WithoutSpringSecurity() {}
}
