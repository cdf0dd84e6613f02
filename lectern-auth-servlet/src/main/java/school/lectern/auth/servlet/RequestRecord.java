package school.lectern.auth.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.http.Exchange;
import school.lectern.auth.http.HttpGuard;

/**
 * Determines, over all dispatches of a request and all filters, when the status of its response is certain, and then completes
 * the exchange.
 */
final class RequestRecord {

    private static final String ATTRIBUTE = RequestRecord.class.getName();
    private static final int SERVER_ERROR = 500;

    private final Exchange exchange;
    private final List<OuterHeaders> outerHeaders = new ArrayList<>(1);

    /** The number of the library's filters that the current dispatch has entered and not left yet. */
    private int depth;

    private boolean threw;
    private boolean listensForCompletion;
    private @Nullable HttpServletResponse response;

    /** The headers that described the body before the request first reached the filter of a guard. */
    private record OuterHeaders(HttpGuard guard, Map<String, List<String>> headers) {}

    private RequestRecord(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Returns the record of the request. Creates it if there is none, and then sets the request id of the response. */
    static RequestRecord of(HttpServletRequest request, HttpServletResponse response, LecternAuth auth) {
        if (request.getAttribute(ATTRIBUTE) instanceof RequestRecord known) {
            return known;
        }
        RequestRecord record = new RequestRecord(Exchange.begin(auth));
        request.setAttribute(ATTRIBUTE, record);
        response.setHeader(auth.dialect().requestIdHeader(), record.exchange.requestId());
        return record;
    }

    static @Nullable RequestRecord find(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof RequestRecord record ? record : null;
    }

    Exchange exchange() {
        return exchange;
    }

    /**
     * Returns the headers that describe the body and were set before the request first reached the guard's filter, with names
     * in lower case.
     */
    synchronized Map<String, List<String>> outerHeaders(HttpGuard guard, Supplier<Map<String, List<String>>> first) {
        for (OuterHeaders known : outerHeaders) {
            if (known.guard() == guard) {
                return known.headers();
            }
        }
        Map<String, List<String>> headers = first.get();
        outerHeaders.add(new OuterHeaders(guard, headers));
        return headers;
    }

    void enter() {
        depth++;
    }

    /**
     * Ends one filter's part of a dispatch.
     *
     * @param returned whether the filter returned without an exception
     * @param endIsSignaled whether the container reports the end of the dispatch, so that changes by outer filters are included
     */
    void leave(HttpServletRequest request, HttpServletResponse answer, boolean returned, boolean endIsSignaled) {
        depth--;
        if (depth > 0) {
            return;
        }
        response = answer;
        threw = !returned;
        if (!listensForCompletion(request) && !endIsSignaled) {
            complete();
        }
    }

    /** Completes the audit rows, unless the request continues asynchronously. */
    void dispatchEnded() {
        if (!listensForCompletion) {
            complete();
        }
    }

    private boolean listensForCompletion(HttpServletRequest request) {
        if (!exchange.isAdmitted() || listensForCompletion) {
            return listensForCompletion;
        }
        try {
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(new Completion());
                listensForCompletion = true;
            }
        } catch (IllegalStateException completedMeanwhile) {
            return false;
        }
        return listensForCompletion;
    }

    /** Completes the exchange. Called again if an error page changes the status after the container reported the end. */
    private synchronized void complete() {
        if (response == null) {
            return;
        }
        int status = response.getStatus();
        // The container converts an exception into a status only after it has reported the end of the dispatch.
        exchange.complete(threw && status < 400 && !response.isCommitted() ? SERVER_ERROR : status);
    }

    private final class Completion implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {
            threw = false;
            complete();
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        /** A handler that starts asynchronous processing again loses its listeners. */
        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }
}
