/** Contracts for storage of one's own, as JUnit classes to extend, and tokens for an application's tests. */
module school.lectern.auth.testkit {
    requires transitive school.lectern.auth;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports school.lectern.auth.testkit;

    // JUnit creates the nested subjects of the contracts and calls their test methods. They are not public, because no
    // other code may call or override them.
    opens school.lectern.auth.testkit to
            org.junit.platform.commons;
}
