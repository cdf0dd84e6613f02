/** API tokens: meters and observations for Micrometer. */
module school.lectern.auth.micrometer {
    requires transitive school.lectern.auth;
    requires transitive micrometer.core;
    requires transitive micrometer.observation;
    requires micrometer.commons;
    requires static org.jspecify;

    exports school.lectern.auth.micrometer;
}
