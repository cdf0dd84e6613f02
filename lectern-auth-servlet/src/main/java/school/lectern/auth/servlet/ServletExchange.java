package school.lectern.auth.servlet;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.http.Exchange;
import school.lectern.auth.http.HttpAnswer;
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.ResponseHeaders;
import school.lectern.auth.http.TokenPrincipal;

/**
 * The state of a request for one filter or servlet of the library. Handlers behind several filters get the exchange of the
 * innermost filter that authenticated the request.
 */
final class ServletExchange {

    static final String ATTRIBUTE = ServletExchange.class.getName();

    /**
     * Headers that describe a response's body (RFC 9110, section 8; RFC 6266; RFC 9530 and its predecessors), and so not the
     * error that replaces it.
     */
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

    /** Those of these headers whose values from an outer filter also describe only the handler's body, and never the error. */
    private static final Set<String> OF_THIS_BODY = Set.of("content-type", "content-length");

    private final RequestRecord record;
    private final LecternAuth auth;
    private final @Nullable HttpGuard guard;
    private final Map<String, List<String>> outerHeaders;
    private final @Nullable TokenPrincipal principal;

    private ServletExchange(
            RequestRecord record,
            LecternAuth auth,
            @Nullable HttpGuard guard,
            Map<String, List<String>> outerHeaders,
            @Nullable TokenPrincipal principal) {
        this.record = record;
        this.auth = auth;
        this.guard = guard;
        this.outerHeaders = outerHeaders;
        this.principal = principal;
    }

    /** Returns the authentication scheme of the dialect's tokens. */
    String scheme() {
        return auth.dialect().carriers().scheme();
    }

    /** Returns the exchange for a servlet of the library. */
    static ServletExchange of(HttpServletRequest request, HttpServletResponse response, LecternAuth auth) {
        RequestRecord record = RequestRecord.of(request, response, auth);
        return new ServletExchange(record, auth, null, bodyHeaders(response), principal(request));
    }

    /** Returns the exchange for a filter, with the headers that were set before the request first reached the filter. */
    static ServletExchange of(
            HttpServletRequest request, HttpServletResponse response, HttpGuard guard, LecternAuth auth) {
        RequestRecord record = RequestRecord.of(request, response, auth);
        return new ServletExchange(
                record, auth, guard, record.outerHeaders(guard, () -> bodyHeaders(response)), principal(request));
    }

    private static @Nullable TokenPrincipal principal(HttpServletRequest request) {
        ServletExchange outer = find(request);
        return outer == null ? null : outer.principal;
    }

    /** Returns the exchange of a request, through any wrappers, or null. */
    static @Nullable ServletExchange find(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof ServletExchange exchange ? exchange : null;
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
     * Returns the exchange for handlers behind a filter. If only an outer filter authenticated the request, the exchange of
     * that filter applies.
     */
    ServletExchange behind(HttpServletRequest request) {
        TokenPrincipal own = guard == null ? null : guard.principal(http()).orElse(null);
        if (own != null) {
            return new ServletExchange(record, auth, guard, outerHeaders, own);
        }
        ServletExchange outer = find(request);
        return outer != null && outer.principal != null ? outer : this;
    }

    /** Returns whether the filter let the request pass, so that handlers behind it may have written to the response. */
    boolean hasPassed() {
        return guard != null && guard.hasPassed(http());
    }

    RequestRecord record() {
        return record;
    }

    /** Returns the part of the state that does not depend on servlets. */
    Exchange http() {
        return record.exchange();
    }

    /** Returns the principal of the request, or null if no filter authenticated it. */
    @Nullable
    TokenPrincipal principal() {
        return principal;
    }

    /** Returns the headers of the response that a handler, or this library, will write. */
    static ResponseHeaders headers(HttpServletResponse response) {
        return new ServletResponseHeaders(response);
    }

    private record ServletResponseHeaders(HttpServletResponse response) implements ResponseHeaders {

        @Override
        public List<String> values(String name) {
            return List.copyOf(response.getHeaders(name));
        }

        @Override
        public void set(String name, String value) {
            if (name.equals("Content-Type")) {
                response.setContentType(value);
            } else {
                response.setHeader(name, value);
            }
        }

        @Override
        public void add(String name, String value) {
            response.addHeader(name, value);
        }
    }

    void deny(AuthError error, HttpServletResponse response) throws IOException {
        send(http().deny(auth, error), response);
    }

    void send(AuthError error, HttpServletResponse response) throws IOException {
        send(http().error(auth, error), response, Map.of());
    }

    /** Sends a response of the library as the whole response. */
    void send(HttpAnswer answer, HttpServletResponse response) throws IOException {
        send(answer, response, Map.of());
    }

    /**
     * Sends a response in place of an incomplete one.
     *
     * @param before the values that some headers had before the incomplete response, by their names in lower case
     */
    void send(HttpAnswer answer, HttpServletResponse response, Map<String, List<String>> before) throws IOException {
        if (answer.error().isPresent()) {
            resetKeepingHeaders(
                    response, auth.dialect().tellsLimits(answer.error().get()), before);
        }
        if (answer.error().isPresent() || answer.status() != HttpServletResponse.SC_OK) {
            response.setStatus(answer.status());
        }
        answer.addTo(headers(response));
        answer.writeBody(body(answer, response));
    }

    private static OutputStream body(HttpAnswer answer, HttpServletResponse response) throws IOException {
        try {
            return response.getOutputStream();
        } catch (IllegalStateException writerIsInUse) {
            // Data that the writer's charset cannot encode fails. In an error, such characters may be replaced.
            Charset charset = answer.error().isPresent()
                    ? StandardCharsets.UTF_8
                    : Charset.forName(response.getCharacterEncoding());
            return new WriterOutputStream(response.getWriter(), charset);
        }
    }

    /**
     * Removes the body that a handler wrote and the headers that describe it. Headers that an outer filter set before the
     * request reached this filter are retained: a wrapper that compresses the body may have announced that already. Rate-limit
     * headers that were set when the request was admitted are removed from a response that must not contain them. A response
     * that no code behind this filter can have written to is not reset, since a reset would remove a wrapper's own bytes.
     *
     * @throws IllegalStateException if the response is committed
     */
    private void resetKeepingHeaders(
            HttpServletResponse response, boolean tellsLimits, Map<String, List<String>> before) {
        Map<String, List<String>> kept = new LinkedHashMap<>();
        boolean isFresh = !hasPassed() && response.getContentType() == null;
        for (String name : response.getHeaderNames()) {
            String lowerCase = name.toLowerCase(Locale.ROOT);
            List<String> set = List.copyOf(response.getHeaders(name));
            List<String> values = OF_THE_BODY.contains(lowerCase)
                    ? outerHeaders.getOrDefault(lowerCase, List.of())
                    : before.getOrDefault(lowerCase, set);
            isFresh &= !before.containsKey(lowerCase) || values.equals(set);
            if (values.isEmpty() || (!tellsLimits && auth.dialect().isLimitHeader(name))) {
                isFresh = false;
            } else {
                kept.put(name, values);
            }
        }
        if (isFresh) {
            return;
        }
        response.reset();
        outerHeaders.forEach(kept::putIfAbsent);
        kept.forEach((name, values) -> {
            response.setHeader(name, values.get(0));
            values.subList(1, values.size()).forEach(value -> response.addHeader(name, value));
        });
    }
}
