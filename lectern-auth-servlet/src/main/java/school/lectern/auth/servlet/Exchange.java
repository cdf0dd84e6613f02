package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
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
import school.lectern.auth.dialect.Answer;
import school.lectern.auth.dialect.LimitHeaders;

/** One request on its way through the application, over all its dispatches: its id, and how it was judged. */
final class Exchange {

    private static final String ATTRIBUTE = Exchange.class.getName();

    /** What is said of an answer's body (RFC 9110, section 8; RFC 6266; RFC 9530 and what it replaces), which is not said of the error in its place. */
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

    private final LecternAuth auth;
    private final String requestId;
    private final List<String> judged = new ArrayList<>(1);
    private @Nullable TokenPrincipal principal;

    private Exchange(LecternAuth auth) {
        this.auth = auth;
        this.requestId = auth.newRequestId();
    }

    /** The exchange that the request belongs to; a new one gives the answer its request id. */
    static Exchange of(HttpServletRequest request, HttpServletResponse response, LecternAuth auth) {
        Exchange known = find(request);
        if (known != null) {
            return known;
        }
        Exchange exchange = new Exchange(auth);
        request.setAttribute(ATTRIBUTE, exchange);
        response.setHeader("X-Request-Id", exchange.requestId);
        return exchange;
    }

    static @Nullable Exchange find(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Exchange exchange ? exchange : null;
    }

    /** The path within the application, decoded, as the container routes it. */
    static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }

    /** The request as the core sees it. */
    AuthRequest request(HttpServletRequest request, TrustedProxies proxies) {
        // Read once and kept: a handler that asks again may do so when the container reads no headers any more.
        Map<String, List<String>> read = new ConcurrentHashMap<>(4);
        return new AuthRequest(
                requestId,
                request.getMethod(),
                path(request),
                proxies.client(peer(request), () -> values(request, "X-Forwarded-For")),
                name -> read.computeIfAbsent(name, first -> values(request, first)));
    }

    private static @Nullable String peer(HttpServletRequest request) {
        String address = request.getRemoteAddr();
        return address == null ? null : plain(address);
    }

    /** The address alone: some containers put an IPv6 one in brackets, or add the zone that it was reached by. */
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

    /** Whether the same method of the same path was judged before, for this same exchange. */
    boolean wasJudged(HttpServletRequest request) {
        return !judged.isEmpty() && judged.contains(operation(request));
    }

    void judged(HttpServletRequest request, TokenPrincipal who) {
        judged.add(operation(request));
        principal = who;
    }

    private static String operation(HttpServletRequest request) {
        return request.getMethod() + ' ' + path(request);
    }

    /** Whom the request was let in for; null on an open route. */
    @Nullable
    TokenPrincipal principal() {
        return principal;
    }

    /** Puts the limits and the version on the answer that a handler will write. */
    void announce(Decision decision, HttpServletResponse response) {
        auth.headers(decision).forEach((name, value) -> {
            if (!name.equals("Link")) {
                response.setHeader(name, value);
            } else if (!response.getHeaders(name).contains(value)) {
                // Links add up: a second judgement must not take away those of a handler that forwarded the request.
                response.addHeader(name, value);
            }
        });
    }

    void refuse(Denied denied, HttpServletResponse response) throws IOException {
        announce(denied, response);
        send(denied.error(), response);
    }

    void send(AuthError error, HttpServletResponse response) throws IOException {
        Answer answer = auth.dialect().answer(error, requestId);
        startOver(response, auth.dialect().tellsLimits(error));
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        Json.write(response, answer.mediaType(), Json.tree(answer.body()));
    }

    /**
     * What a handler wrote before, and said of it, is no part of the error; what has gone out already cannot be taken back. Limits
     * that were told when the request was let in are not told where its token is none any more.
     */
    private static void startOver(HttpServletResponse response, boolean tellsLimits) {
        Map<String, List<String>> kept = new LinkedHashMap<>();
        for (String name : response.getHeaderNames()) {
            if (!OF_THE_BODY.contains(name.toLowerCase(Locale.ROOT)) && (tellsLimits || !LimitHeaders.isOne(name))) {
                kept.put(name, List.copyOf(response.getHeaders(name)));
            }
        }
        response.reset();
        kept.forEach((name, values) -> {
            response.setHeader(name, values.get(0));
            values.subList(1, values.size()).forEach(value -> response.addHeader(name, value));
        });
    }
}
