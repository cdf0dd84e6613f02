/** One reading of the time for each decision: both clocks of the machine, read together, and the store's clock beside it. */
@NullMarked
package school.lectern.auth.time;

import org.jspecify.annotations.NullMarked;
