/** Tasks beside the requests: purging the audit log, noting uses, reporting expiry, notifying the listener. Not exported. */
@NullMarked
package school.lectern.auth.background;

import org.jspecify.annotations.NullMarked;
