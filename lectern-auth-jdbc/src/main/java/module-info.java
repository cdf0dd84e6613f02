/** API tokens: the storage SPIs over JDBC. */
module school.lectern.auth.jdbc {
    requires transitive java.sql;
    requires transitive school.lectern.auth;
    requires org.slf4j;
    requires static org.jspecify;

    exports school.lectern.auth.jdbc;
}
