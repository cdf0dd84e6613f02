/** Contracts for storage of one's own, as JUnit classes to extend, and tokens for an application's tests. */
module school.lectern.auth.testkit {
    requires transitive school.lectern.auth;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports school.lectern.auth.testkit;

    // JUnit calls the contracts' test methods, which are not public: nobody else is to call or override them.
    opens school.lectern.auth.testkit to
            org.junit.platform.commons;
}
