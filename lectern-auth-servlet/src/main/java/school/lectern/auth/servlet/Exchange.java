package school.lectern.auth.servlet;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.RenderedError;

/**
 * A request as one filter, or one servlet, of the library sees it. Handlers behind several filters see the exchange of the
 * innermost filter that authenticated the request.
 */
final class Exchange {

    static final String ATTRIBUTE = Exchange.class.getName();

    /** Headers about a response's body (RFC 9110, section 8; RFC 6266; RFC 9530 and its predecessors), which do not describe an error in its place. */
    private static final Set<String> OF_THE_BODY = Set.of(
            "content-type",
            "content-encoding",
            "content-language",
            "content-length",
            "content-location",
            "content-range",
            "content-disposition",
            "content-digest",
            "content-md5",
            "repr-digest",
            "digest",
            "last-modified",
            "etag");

    /** What an outer filter says of the body is true of its own encoding only, and not of the length or the type of ours. */
    private static final Set<String> OF_THIS_BODY = Set.of("content-type", "content-length");

    private final RequestRecord record;
    private final LecternAuth auth;
    private final FilterRecord own;
    private final @Nullable TokenPrincipal principal;

    private Exchange(RequestRecord record, LecternAuth auth, FilterRecord own, @Nullable TokenPrincipal principal) {
        this.record = record;
        this.auth = auth;
        this.own = own;
        this.principal = principal;
    }

    /** Returns the exchange as a servlet of the library sees it. */
    static Exchange of(HttpServletRequest request, HttpServletResponse response, LecternAuth auth) {
        RequestRecord record = RequestRecord.of(request, response, auth);
        return new Exchange(record, auth, new FilterRecord(bodyHeaders(response)), principal(request));
    }

    /** Returns the exchange as a filter sees it, which remembers what was set before the filter first saw the request. */
    static Exchange of(
            HttpServletRequest request, HttpServletResponse response, LecternAuthFilter filter, LecternAuth auth) {
        RequestRecord record = RequestRecord.of(request, response, auth);
        FilterRecord own = record.of(filter, () -> new FilterRecord(bodyHeaders(response)));
        return new Exchange(record, auth, own, principal(request));
    }

    private static @Nullable TokenPrincipal principal(HttpServletRequest request) {
        Exchange outer = find(request);
        return outer == null ? null : outer.principal;
    }

    /** Returns the exchange that applies where the request is seen, through any wrappers, or null. */
    static @Nullable Exchange find(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Exchange exchange ? exchange : null;
    }

    private static Map<String, List<String>> bodyHeaders(HttpServletResponse response) {
        Map<String, List<String>> found = Map.of();
        for (String name : response.getHeaderNames()) {
            String lowerCase = name.toLowerCase(Locale.ROOT);
            if (OF_THE_BODY.contains(lowerCase) && !OF_THIS_BODY.contains(lowerCase)) {
                found = found.isEmpty() ? new LinkedHashMap<>() : found;
                found.put(lowerCase, List.copyOf(response.getHeaders(name)));
            }
        }
        return found;
    }

    /**
     * Returns the exchange for handlers behind a filter. Where the filter did not authenticate the request but an outer one
     * did, the outer one's exchange stays.
     */
    Exchange behind(HttpServletRequest request) {
        if (own.principal() != null) {
            return new Exchange(record, auth, own, own.principal());
        }
        Exchange outer = find(request);
        return outer != null && outer.principal != null ? outer : this;
    }

    FilterRecord own() {
        return own;
    }

    RequestRecord record() {
        return record;
    }

    /** Returns the principal of the request, or null if no filter authenticated it. */
    @Nullable
    TokenPrincipal principal() {
        return principal;
    }

    /** Returns whether this instance has already allowed the request, so that a further row or permit would count it twice. */
    boolean isAdmitted() {
        return record.isAdmittedBy(auth);
    }

    /** Returns the request as the core sees it. */
    AuthRequest request(HttpServletRequest request, TrustedProxies proxies) {
        return request(request, request.getMethod(), proxies);
    }

    AuthRequest request(HttpServletRequest request, String method, TrustedProxies proxies) {
        // Read once and stored: a handler may recheck the token when the container no longer reads headers.
        Map<String, List<String>> read = new ConcurrentHashMap<>(4);
        return new AuthRequest(
                record.requestId(),
                method,
                Operation.pathOf(request),
                proxies.client(peer(request), () -> values(request, "X-Forwarded-For")),
                name -> read.computeIfAbsent(name, first -> values(request, first)));
    }

    private static @Nullable String peer(HttpServletRequest request) {
        String address = request.getRemoteAddr();
        return address == null ? null : plain(address);
    }

    /** Returns the address alone: some containers put an IPv6 address in brackets, or append its zone. */
    static String plain(String address) {
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        String bare = bracketed ? address.substring(1, address.length() - 1) : address;
        int zone = bare.indexOf('%');
        return zone < 0 ? bare : bare.substring(0, zone);
    }

    private static List<String> values(HttpServletRequest request, String name) {
        Enumeration<String> values = request.getHeaders(name);
        return values == null ? List.of() : Collections.unmodifiableList(Collections.list(values));
    }

    /** Puts the limits and the version on the response that a handler will write. */
    void addHeaders(Decision decision, HttpServletResponse response) {
        auth.headers(decision).forEach((name, value) -> {
            if (!name.equals("Link")) {
                response.setHeader(name, value);
            } else if (!response.getHeaders(name).contains(value)) {
                // Links add up: a second decision must not remove the links of a handler that forwarded the request.
                response.addHeader(name, value);
            }
        });
    }

    void refuse(Denied denied, HttpServletResponse response) throws IOException {
        addHeaders(denied, response);
        send(denied.error(), response);
    }

    void send(AuthError error, HttpServletResponse response) throws IOException {
        send(error, response, Map.of());
    }

    /**
     * Sends an error in place of an answer that broke off.
     *
     * @param before the values that some headers had before that answer, by their names in lower case
     */
    void send(AuthError error, HttpServletResponse response, Map<String, List<String>> before) throws IOException {
        RenderedError answer = auth.dialect().render(error, record.requestId());
        resetKeepingHeaders(response, auth.dialect().tellsLimits(error), before);
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        Json.write(response, answer.mediaType(), answer.body());
    }

    /**
     * Removes the body that a handler wrote and the headers about it. Headers stay if an outer filter set them before this one
     * saw the request: a wrapper that compresses the body may have announced that already. Limits that were announced when the
     * request was admitted are removed from a response that must not show them. A response that nobody behind this filter can
     * have written to is not touched: a reset would take a wrapper's own bytes.
     *
     * @throws IllegalStateException if the response is committed
     */
    private void resetKeepingHeaders(
            HttpServletResponse response, boolean tellsLimits, Map<String, List<String>> before) {
        Map<String, List<String>> kept = new LinkedHashMap<>();
        boolean isFresh = !own.hasPassed() && response.getContentType() == null;
        for (String name : response.getHeaderNames()) {
            String lowerCase = name.toLowerCase(Locale.ROOT);
            List<String> set = List.copyOf(response.getHeaders(name));
            List<String> values = OF_THE_BODY.contains(lowerCase)
                    ? own.outerHeaders().getOrDefault(lowerCase, List.of())
                    : before.getOrDefault(lowerCase, set);
            isFresh &= !before.containsKey(lowerCase) || values.equals(set);
            if (values.isEmpty() || (!tellsLimits && LimitHeaders.isOne(name))) {
                isFresh = false;
            } else {
                kept.put(name, values);
            }
        }
        if (isFresh) {
            return;
        }
        response.reset();
        own.outerHeaders().forEach(kept::putIfAbsent);
        kept.forEach((name, values) -> {
            response.setHeader(name, values.get(0));
            values.subList(1, values.size()).forEach(value -> response.addHeader(name, value));
        });
    }
}
