/** API tokens: a filter that guards a servlet application, and a servlet that manages its tokens. */
module school.lectern.auth.servlet {
    requires transitive jakarta.servlet;
    requires transitive school.lectern.auth.http;
    requires org.slf4j;
    requires static org.jspecify;

    exports school.lectern.auth.servlet;
}
