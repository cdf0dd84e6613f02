/** How often: limits, their windows as pure integer arithmetic, and what a limit says of itself. */
@NullMarked
package school.lectern.auth.limit;

import org.jspecify.annotations.NullMarked;
