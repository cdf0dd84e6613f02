/**
 * Records decisions: audit rows of calls, counts of refused calls, and log lines about failures. Exported only to the
 * library's own modules.
 */
@NullMarked
package school.lectern.auth.recording;

import org.jspecify.annotations.NullMarked;
