/** The audit log: its events, and how many of them are written and retained. */
@NullMarked
package school.lectern.auth.audit;

import org.jspecify.annotations.NullMarked;
