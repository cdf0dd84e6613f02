/** The storage SPIs over JDBC. {@link school.lectern.auth.jdbc.JdbcStorage} is where to start. */
@NullMarked
package school.lectern.auth.jdbc;

import org.jspecify.annotations.NullMarked;
