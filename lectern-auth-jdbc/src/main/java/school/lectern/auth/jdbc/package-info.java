/** Storage of tokens, limits and the audit log over JDBC. Start with {@link school.lectern.auth.jdbc.JdbcStorage}. */
@NullMarked
package school.lectern.auth.jdbc;

import org.jspecify.annotations.NullMarked;
