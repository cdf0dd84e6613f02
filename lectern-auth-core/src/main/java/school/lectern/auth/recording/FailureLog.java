package school.lectern.auth.recording;

import org.slf4j.Logger;
import org.slf4j.event.Level;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.StorageException;

/**
 * Logs failures of requests. A failure of the storage is logged in one line: it affects all requests, and writing a stack
 * trace for each would make them wait for the log. Any other failure is logged with its stack trace. The data in the text of
 * an exception is omitted.
 */
public final class FailureLog {

    private FailureLog() {}

    /**
     * Logs a failure.
     *
     * @param log the logger
     * @param level the level of the log line
     * @param what the message, with a placeholder for the request id
     * @param requestId the id of the request that failed
     * @param why the failure
     */
    public static void tell(Logger log, Level level, String what, String requestId, Throwable why) {
        if (why instanceof StorageException outage && !log.isDebugEnabled()) {
            log.atLevel(level).log(what + ": {}", requestId, outage.reasons());
        } else {
            log.atLevel(level).setCause(RedactedFailure.of(why)).log(what, requestId);
        }
    }
}
