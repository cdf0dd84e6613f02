package school.lectern.auth.recording;

import org.slf4j.Logger;
import org.slf4j.event.Level;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.StorageException;

/**
 * Says in a log what could not be done for a request. Of an outage one line: it strikes every request, and to write a stack for
 * each would make all of them wait for the log. Of anything else, which nobody expects, the stack. No text of an exception is
 * written with the data that it may hold.
 */
public final class FailureLog {

    private FailureLog() {}

    /** @param what with a place for the request's id */
    public static void tell(Logger log, Level level, String what, String requestId, Throwable why) {
        if (why instanceof StorageException outage && !log.isDebugEnabled()) {
            log.atLevel(level).log(what + ": {}", requestId, outage.reasons());
        } else {
            log.atLevel(level).setCause(RedactedFailure.of(why)).log(what, requestId);
        }
    }
}
