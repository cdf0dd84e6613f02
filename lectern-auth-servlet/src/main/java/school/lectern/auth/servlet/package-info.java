/** The servlet adapter. {@link school.lectern.auth.servlet.LecternAuthFilter} is where to start. */
@NullMarked
package school.lectern.auth.servlet;

import org.jspecify.annotations.NullMarked;
