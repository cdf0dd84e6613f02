/** Contracts for storage implementations, as JUnit classes to extend, and tokens for the tests of applications. */
module school.lectern.auth.testkit {
    requires transitive school.lectern.auth;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports school.lectern.auth.testkit;

    // JUnit creates the nested subjects of the contracts and calls their test methods, which are not public, so that no
    // other code can call or override them.
    opens school.lectern.auth.testkit to
            org.junit.platform.commons;
}
