/** The SPIs in memory, bounded, for one process. */
@NullMarked
package school.lectern.auth.memory;

import org.jspecify.annotations.NullMarked;
