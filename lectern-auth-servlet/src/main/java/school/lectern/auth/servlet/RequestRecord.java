package school.lectern.auth.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;

/**
 * What is known of one request, over all its dispatches and all filters: its id, what each filter decided, and which audit
 * rows still need the status of the response.
 */
final class RequestRecord {

    private static final String ATTRIBUTE = RequestRecord.class.getName();
    private static final int SERVER_ERROR = 500;

    private final String requestId;
    private final List<Admission> admissions = new ArrayList<>(1);
    private final IdentityHashMap<LecternAuthFilter, FilterRecord> filters = new IdentityHashMap<>(2);

    /** How many filters of the library the current dispatch is inside of. */
    private int depth;

    private boolean threw;
    private boolean listensForCompletion;
    private @Nullable HttpServletResponse response;

    RequestRecord(String requestId) {
        this.requestId = requestId;
    }

    /** Returns the record of the request; a new one sets the request id of the response. */
    static RequestRecord of(HttpServletRequest request, HttpServletResponse response, LecternAuth auth) {
        if (request.getAttribute(ATTRIBUTE) instanceof RequestRecord known) {
            return known;
        }
        RequestRecord record = new RequestRecord(auth.newRequestId());
        request.setAttribute(ATTRIBUTE, record);
        response.setHeader("X-Request-Id", record.requestId);
        return record;
    }

    static @Nullable RequestRecord find(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof RequestRecord record ? record : null;
    }

    String requestId() {
        return requestId;
    }

    /** One decision to allow, with everything that it depends on. */
    private static final class Admission {
        private final LecternAuth auth;
        private final AuthRequest request;
        private final Requirement requirement;
        private final Allowed allowed;
        private final TokenPrincipal principal;
        private int writtenStatus;

        Admission(LecternAuth auth, AuthRequest request, Requirement requirement, Allowed allowed) {
            this.auth = auth;
            this.request = request;
            this.requirement = requirement;
            this.allowed = allowed;
            this.principal = new TokenPrincipal(allowed, () -> auth.recheck(request, requirement));
        }

        boolean answers(LecternAuth asking, AuthRequest asked, Requirement required) {
            return auth == asking
                    && request.method().equals(asked.method())
                    && request.path().equals(asked.path())
                    && Objects.equals(request.address(), asked.address())
                    && requirement.equals(required);
        }
    }

    /** Returns the principal of an earlier decision that depends on exactly the same, or null. */
    synchronized @Nullable TokenPrincipal admitted(LecternAuth auth, AuthRequest request, Requirement requirement) {
        for (Admission admission : admissions) {
            if (admission.answers(auth, request, requirement)) {
                return admission.principal;
            }
        }
        return null;
    }

    synchronized TokenPrincipal admit(LecternAuth auth, AuthRequest request, Requirement requirement, Allowed allowed) {
        Admission admission = new Admission(auth, request, requirement, allowed);
        admissions.add(admission);
        return admission.principal;
    }

    synchronized boolean isAdmittedBy(LecternAuth auth) {
        return admissions.stream().anyMatch(admission -> admission.auth == auth);
    }

    synchronized FilterRecord of(LecternAuthFilter filter, Supplier<FilterRecord> first) {
        return filters.computeIfAbsent(filter, unseen -> first.get());
    }

    void enter() {
        depth++;
    }

    /**
     * Ends one filter's part of a dispatch.
     *
     * @param returned whether it returned without an exception
     * @param endIsSignaled whether the container reports the end of the dispatch, so that what outer filters do counts, too
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
        if (admissions.isEmpty() || listensForCompletion) {
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

    /**
     * Writes the status of the response to the audit rows that do not have it. A row is written again only if an error page
     * changed the status after the container reported the end of the dispatch.
     */
    private synchronized void complete() {
        if (admissions.isEmpty() || response == null) {
            return;
        }
        int status = response.getStatus();
        // The container turns an exception into a status only after it has reported the end.
        if (threw && status < 400 && !response.isCommitted()) {
            status = SERVER_ERROR;
        }
        for (Admission admission : admissions) {
            if (admission.writtenStatus != status) {
                admission.writtenStatus = status;
                admission.auth.completed(admission.allowed, status);
            }
        }
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
