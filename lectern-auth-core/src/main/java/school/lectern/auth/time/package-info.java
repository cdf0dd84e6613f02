/** One reading of the time for each decision: both clocks of the machine, read together. */
@NullMarked
package school.lectern.auth.time;

import org.jspecify.annotations.NullMarked;
