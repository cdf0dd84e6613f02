package school.lectern.auth.spring.boot;

import org.springframework.core.env.Environment;

/** The order of the library's filter among those of the application. */
final class FilterOrder {

    /** The order of Spring Boot's filter that changes the method of a request. */
    private static final int METHOD_OVERRIDE = -10_000;

    private FilterOrder() {}

    /**
     * Checks that no filter of Spring Boot changes the method of a request after its check.
     *
     * @param property the property that switches that filter on
     */
    static void check(int order, String property, Environment environment) {
        if (order <= METHOD_OVERRIDE && environment.getProperty(property, Boolean.class, false)) {
            throw new LecternAuthConfigurationException(
                    "lectern.auth.filter.order is " + order + ", so the filter of " + property
                            + " would change the method of a request after its check",
                    "Set an order above " + METHOD_OVERRIDE + ", or remove it: the default is -101");
        }
    }
}
