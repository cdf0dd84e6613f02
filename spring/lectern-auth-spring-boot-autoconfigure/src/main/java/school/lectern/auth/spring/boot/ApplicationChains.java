package school.lectern.auth.spring.boot;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * The chains of Spring Security that a WebFlux application defines. Refers to no class of Spring Security, which may be absent.
 */
final class ApplicationChains {

    private static final String TYPE = "org.springframework.security.web.server.SecurityWebFilterChain";

    private ApplicationChains() {}

    /** Returns whether the application has one, which decides about paths that no rule names. */
    static boolean existIn(ListableBeanFactory beans) {
        ClassLoader loader = ApplicationChains.class.getClassLoader();
        if (!ClassUtils.isPresent(TYPE, loader)
                || beans.containsBean(LecternAuthReactiveSecurityAutoConfiguration.OWN_CHAIN)) {
            return false;
        }
        return beans.getBeanNamesForType(ClassUtils.resolveClassName(TYPE, loader), true, false).length > 0;
    }
}
