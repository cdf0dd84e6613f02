/** API tokens: HTTP without a server, which adapters for servers use. */
module school.lectern.auth.http {
    requires transitive school.lectern.auth;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires static tools.jackson.core;
    requires static tools.jackson.databind;
    requires org.slf4j;
    requires static org.jspecify;

    exports school.lectern.auth.http;
}
