package school.lectern.auth.recording;

import org.slf4j.Logger;
import org.slf4j.event.Level;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.StorageException;

/**
 * Logs failures of requests. A failure of the storage is one line, since it affects every request, and a stack trace for each
 * would make all of them wait for the log. Any other failure has its stack trace. The data in an exception's text is left out.
 */
public final class FailureLog {

    private FailureLog() {}

    /**
     * Logs a failure.
     *
     * @param what the message, with a place for the request id
     */
    public static void tell(Logger log, Level level, String what, String requestId, Throwable why) {
        if (why instanceof StorageException outage && !log.isDebugEnabled()) {
            log.atLevel(level).log(what + ": {}", requestId, outage.reasons());
        } else {
            log.atLevel(level).setCause(RedactedFailure.of(why)).log(what, requestId);
        }
    }
}
