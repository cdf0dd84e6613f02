package school.lectern.auth.spring.boot;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;

/** The filter of a WebFlux application, which may be a bean of the application. WebFlux may be absent. */
final class WebFilterBean {

    private static final String WEBFLUX = "org.springframework.web.reactive.HandlerAdapter";

    private WebFilterBean() {}

    static boolean existsIn(ListableBeanFactory beans) {
        return ClassUtils.isPresent(WEBFLUX, WebFilterBean.class.getClassLoader()) && ByType.existsIn(beans);
    }

    /** Loaded with WebFlux only. */
    private static final class ByType {
        static boolean existsIn(ListableBeanFactory beans) {
            return beans.getBeanNamesForType(LecternAuthWebFilter.class, true, false).length > 0;
        }
    }
}
