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

    /** Lets the context report the ends of dispatches. If it cannot, audit rows are completed when the filter returns. */
    static void listen(ServletContext context) {
        if (isSignaled(context)) {
            return;
        }
        try {
            context.addListener(new DispatchEnd());
            context.setAttribute(ATTRIBUTE, true);
        } catch (IllegalStateException | UnsupportedOperationException tooLate) {
            log.debug(
                    "audit rows are completed when the filter returns: the context does not accept a listener",
                    RedactedFailure.of(tooLate));
        }
    }

    /** Returns whether the context reports the ends of dispatches. */
    static boolean isSignaled(ServletContext context) {
        return context.getAttribute(ATTRIBUTE) != null;
    }

    @Override
    public void requestDestroyed(ServletRequestEvent event) {
        RequestRecord record = RequestRecord.find(event.getServletRequest());
        if (record != null) {
            record.dispatchEnded();
        }
    }
}
