/**
 * Tasks outside the request threads: purging the audit log, recording the last use of tokens, reporting tokens that expire
 * soon, and notifying the listener. Not exported.
 */
@NullMarked
package school.lectern.auth.background;

import org.jspecify.annotations.NullMarked;
