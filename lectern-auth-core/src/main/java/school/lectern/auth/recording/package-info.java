/** Records decisions: audit rows of calls, counts of refused calls, and log lines about failures. Not exported. */
@NullMarked
package school.lectern.auth.recording;

import org.jspecify.annotations.NullMarked;
