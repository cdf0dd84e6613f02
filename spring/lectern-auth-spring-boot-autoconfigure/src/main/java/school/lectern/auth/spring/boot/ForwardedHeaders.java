package school.lectern.auth.spring.boot;

import java.util.Locale;
import java.util.Optional;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** Whether Spring Boot takes the client's address from headers, before the library sees the request. */
final class ForwardedHeaders {

    private static final String PROPERTY = "server.forward-headers-strategy";

    /** The bean by which WebFlux changes a request. */
    private static final String TRANSFORMER = "forwardedHeaderTransformer";

    private static final String JETTY = "org.eclipse.jetty.server.ForwardedRequestCustomizer";

    private ForwardedHeaders() {}

    /** Returns the setting because of which it does, or empty. Without the property, it does on some platforms. */
    static Optional<String> reason(ListableBeanFactory beans, Environment environment) {
        String strategy = environment.getProperty(PROPERTY);
        if (strategy != null && !strategy.equalsIgnoreCase("none")) {
            return Optional.of(PROPERTY + "=" + strategy.toLowerCase(Locale.ROOT));
        }
        if (beans.containsBean(TRANSFORMER)) {
            return Optional.of("the bean " + TRANSFORMER);
        }
        CloudPlatform platform = CloudPlatform.getActive(environment);
        return strategy == null && platform != null && platform.isUsingForwardHeaders()
                ? Optional.of(PROPERTY + "=native, which Spring Boot has chosen for the platform " + platform + ",")
                : Optional.empty();
    }

    /** Returns whether the headers of any client are believed. Only Tomcat is set up to believe those of internal proxies. */
    static boolean anyClientIsBelieved(ListableBeanFactory beans, Environment environment) {
        return "framework".equalsIgnoreCase(environment.getProperty(PROPERTY))
                || WebFilterBean.existsIn(beans)
                || ClassUtils.isPresent(JETTY, ForwardedHeaders.class.getClassLoader());
    }
}
