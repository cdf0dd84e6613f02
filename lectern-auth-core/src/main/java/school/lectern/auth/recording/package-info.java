/** Records decisions: the audit rows of calls, the counts of refused calls, and log lines about failures. Not exported. */
@NullMarked
package school.lectern.auth.recording;

import org.jspecify.annotations.NullMarked;
