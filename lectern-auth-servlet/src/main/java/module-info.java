/** API tokens: a filter that guards a servlet application, and a servlet that manages its tokens. */
module school.lectern.auth.servlet {
    requires transitive jakarta.servlet;
    requires transitive school.lectern.auth;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires org.slf4j;
    requires static org.jspecify;

    exports school.lectern.auth.servlet;
}
