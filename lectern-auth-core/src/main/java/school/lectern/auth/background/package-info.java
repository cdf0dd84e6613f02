/** Threads that the library starts. Not exported: for the library's own modules. */
@NullMarked
package school.lectern.auth.background;

import org.jspecify.annotations.NullMarked;
