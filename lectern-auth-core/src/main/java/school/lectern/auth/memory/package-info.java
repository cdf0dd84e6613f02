/** Bounded in-memory implementations of the SPIs for one process. */
@NullMarked
package school.lectern.auth.memory;

import org.jspecify.annotations.NullMarked;
