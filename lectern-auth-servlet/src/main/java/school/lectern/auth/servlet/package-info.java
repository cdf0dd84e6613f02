/** The adapter for servlet containers. Start with {@link school.lectern.auth.servlet.LecternAuthFilter}. */
@NullMarked
package school.lectern.auth.servlet;

import org.jspecify.annotations.NullMarked;
