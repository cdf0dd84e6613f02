package school.lectern.auth.spring.boot;

/** Routes that leave requests without a token of the dialect to another mechanism. */
final class PassThroughRoutes {

    private PassThroughRoutes() {}

    /**
     * Refuses such routes where the chain of Spring Security is the library's own, which authenticates nothing else.
     *
     * @param chain what the application can add, for the message
     */
    static void refuse(LecternAuthProperties properties, String chain) {
        for (LecternAuthProperties.Route route : properties.routes()) {
            if (route.access() == LecternAuthProperties.Access.PASS_THROUGH) {
                throw new LecternAuthConfigurationException(
                        "The access of " + route.path()
                                + " is pass-through, but nothing else authenticates its requests",
                        "Add a " + chain + ", or set the access to guard or permit-all");
            }
        }
    }
}
