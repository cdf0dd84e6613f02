package school.lectern.auth.servlet;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;

/**
 * Completes audit rows when the container ends a dispatch, since filters around the library's may change the status until then.
 */
final class DispatchEnd implements ServletRequestListener {

    private static final Logger log = LoggerFactory.getLogger(DispatchEnd.class);
    private static final String ATTRIBUTE = DispatchEnd.class.getName();

    private DispatchEnd() {}

    /** Returns whether the context reports the ends of dispatches. If not, audit rows are completed when the filter returns. */
    static boolean listen(ServletContext context) {
        if (context.getAttribute(ATTRIBUTE) != null) {
            return true;
        }
        try {
            context.addListener(new DispatchEnd());
            context.setAttribute(ATTRIBUTE, true);
            return true;
        } catch (IllegalStateException | UnsupportedOperationException tooLate) {
            log.debug(
                    "audit rows are completed when the filter returns: the context does not accept a listener",
                    RedactedFailure.of(tooLate));
            return false;
        }
    }

    @Override
    public void requestDestroyed(ServletRequestEvent event) {
        RequestRecord record = RequestRecord.find(event.getServletRequest());
        if (record != null) {
            record.dispatchEnded();
        }
    }
}
