package school.lectern.auth.http;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;

/**
 * The state of one request while it passes guards and is forwarded: its id, the decisions of each guard, and the audit rows
 * that still need the response's status. An adapter creates an exchange for each request with {@link #begin}, stores it with
 * the request, sets the response's {@linkplain school.lectern.auth.dialect.Dialect#requestIdHeader header} for ids to its id,
 * and calls {@link #complete} when the status is certain.
 * Thread-safe.
 */
public final class Exchange {

    private final String requestId;
    private final List<Admission> admissions = new ArrayList<>(1);
    private final List<GuardRecord> guards = new ArrayList<>(1);

    /** The requests as they were sent first, for instances whose credentials later dispatches do not have; usually none. */
    private Map<LecternAuth, Sent> firstSent = Map.of();

    /** The error with which code behind the guards denied the request, or null. */
    private AuthError.@Nullable Kind denial;

    private Exchange(String requestId) {
        this.requestId = requestId;
    }

    /**
     * {@return the exchange of a request that has just arrived, with a new id}
     *
     * @param auth the instance that generates the id
     */
    public static Exchange begin(LecternAuth auth) {
        return new Exchange(auth.newRequestId());
    }

    /** {@return the id of the request, which is in a header of the response and in the audit rows} */
    public String requestId() {
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
        private AuthError.@Nullable Kind writtenDenial;

        Admission(LecternAuth auth, AuthRequest request, Requirement requirement, Allowed allowed) {
            this.auth = auth;
            this.request = request;
            this.requirement = requirement;
            this.allowed = allowed;
            this.principal = new TokenPrincipal(
                    allowed,
                    auth.dialect().scopes(),
                    () -> auth.recheck(request, requirement),
                    gracePeriod -> auth.rotateSelf(request, requirement, gracePeriod));
        }

        void complete(int status, AuthError.@Nullable Kind denial) {
            if (denial == null) {
                auth.completed(allowed, status);
            } else {
                auth.completed(allowed, status, denial);
            }
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

    /** Returns whether this instance has already allowed the request, so that a further row or permit would count it twice. */
    synchronized boolean isAdmittedBy(LecternAuth auth) {
        return admissions.stream().anyMatch(admission -> admission.auth == auth);
    }

    synchronized GuardRecord of(HttpGuard guard) {
        for (GuardRecord known : guards) {
            if (known.isOf(guard)) {
                return known;
            }
        }
        GuardRecord first = new GuardRecord(guard);
        guards.add(first);
        return first;
    }

    /** {@return whether a token was admitted, so that {@link #complete} has an audit row to write the status to} */
    public synchronized boolean isAdmitted() {
        return !admissions.isEmpty();
    }

    /**
     * Writes the status of the response to the audit rows of this request. May be called again if the status changes, for
     * example by an error page; the same status is not written twice.
     *
     * @param status the status that the client gets
     */
    public synchronized void complete(int status) {
        for (Admission admission : admissions) {
            if (admission.writtenStatus != status || admission.writtenDenial != denial) {
                admission.writtenStatus = status;
                admission.writtenDenial = denial;
                admission.complete(status, denial);
            }
        }
    }

    /**
     * {@return the response to this request for an error with which code behind the guard denies it} The outcome in the audit
     * rows of the request is then this denial.
     *
     * @param auth the instance in whose dialect the response is
     * @param error the error
     */
    public synchronized HttpAnswer deny(LecternAuth auth, AuthError error) {
        this.denial = error.kind();
        return error(auth, error);
    }

    /**
     * Returns the request for the core.
     *
     * @param method the method that will run
     */
    AuthRequest request(LecternAuth auth, HttpCall call, String method, TrustedProxies proxies) {
        Dialect dialect = auth.dialect();
        // A forward replaces the query, and hiding removes the credential.
        boolean keepsFirst = dialect.hidesCredentials()
                || !dialect.carriers().parameterNames().isEmpty();
        Sent sent = keepsFirst ? firstSent(auth, call) : new Sent(call.rawQuery());
        // Read once and stored: a handler may recheck the token when the server no longer reads headers.
        Map<String, List<String>> read = sent.headers();
        String reported = call.peer();
        String peer = reported == null ? null : plain(reported);
        AuthRequest request = new AuthRequest(
                requestId,
                method,
                call.path(),
                sent.query(),
                proxies.client(peer, () -> values(call, "X-Forwarded-For")),
                name -> read.computeIfAbsent(name, first -> values(call, first)));
        return request.withSecureTransport(proxies.isSecure(peer, call.isSecure(), call::headers));
    }

    /** The headers of a request that were read so far, and its query. */
    private record Sent(
            Map<String, List<String>> headers, @Nullable String query) {

        Sent(@Nullable String query) {
            this(new ConcurrentHashMap<>(4), query);
        }
    }

    /** Returns a request as it was before its credential was hidden, or its query replaced, by code behind a guard. */
    private synchronized Sent firstSent(LecternAuth auth, HttpCall call) {
        firstSent = firstSent.isEmpty() ? new IdentityHashMap<>(1) : firstSent;
        return firstSent.computeIfAbsent(auth, first -> {
            Sent sent = new Sent(call.rawQuery());
            auth.dialect()
                    .carriers()
                    .headerNames()
                    .forEach(name -> sent.headers().put(name, values(call, name)));
            return sent;
        });
    }

    private static List<String> values(HttpCall call, String name) {
        return List.copyOf(call.headers(name));
    }

    /** Returns the address alone: some servers put an IPv6 address in brackets, or append its zone. */
    static String plain(String address) {
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        String bare = bracketed ? address.substring(1, address.length() - 1) : address;
        int zone = bare.indexOf('%');
        return zone < 0 ? bare : bare.substring(0, zone);
    }

    /**
     * {@return the response to this request for an error, in the dialect of an instance} For handlers that send their own
     * errors in the format of the library.
     *
     * @param auth the instance
     * @param error the error
     */
    public HttpAnswer error(LecternAuth auth, AuthError error) {
        return HttpAnswer.error(error, auth.dialect().render(error, requestId));
    }

    /** Returns the response to this request for a denial, with the headers of the decision. */
    HttpAnswer refusal(LecternAuth auth, Denied denied) {
        return error(auth, denied.error()).withHeaders(auth.headers(denied));
    }
}
