/**
 * Rate limits: the algorithms, in pure integer arithmetic, the state of their counters, and the status that a limit reports.
 */
@NullMarked
package school.lectern.auth.limit;

import org.jspecify.annotations.NullMarked;
