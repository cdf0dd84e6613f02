package school.lectern.auth.spring.webflux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.ErrorResponse;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.http.BrokenAnswerException;
import school.lectern.auth.http.Exchange;
import school.lectern.auth.http.HttpAnswer;
import school.lectern.auth.http.ResponseHeaders;
import school.lectern.auth.http.TokenPrincipal;

/** The state of a request for the filters and handlers of the library: its exchange, and the token that was admitted. */
final class WebFluxExchange {

    private static final String ATTRIBUTE = WebFluxExchange.class.getName();

    private final Exchange exchange;
    private final LecternAuth auth;
    private final ServerWebExchange web;
    private final ServerHttpResponse response;

    private volatile @Nullable TokenPrincipal principal;
    private volatile int status;

    private WebFluxExchange(Exchange exchange, LecternAuth auth, ServerWebExchange web) {
        this.exchange = exchange;
        this.auth = auth;
        this.web = web;
        this.response = web.getResponse();
    }

    /**
     * Returns the exchange of a request. Begins it if the request has none: then sets the request id of the response. May
     * block, since the id is random.
     */
    static WebFluxExchange of(ServerWebExchange web, LecternAuth auth) {
        WebFluxExchange known = find(web);
        if (known != null) {
            return known;
        }
        WebFluxExchange begun = new WebFluxExchange(Exchange.begin(auth), auth, web);
        web.getAttributes().put(ATTRIBUTE, begun);
        begun.response.getHeaders().set(auth.dialect().requestIdHeader(), begun.exchange.requestId());
        begun.response.beforeCommit(() -> Mono.fromRunnable(begun::noteStatus));
        return begun;
    }

    static @Nullable WebFluxExchange find(ServerWebExchange web) {
        return web.getAttribute(ATTRIBUTE);
    }

    Exchange http() {
        return exchange;
    }

    @Nullable
    TokenPrincipal principal() {
        return principal;
    }

    void admit(TokenPrincipal who) {
        principal = who;
    }

    /** Writes the status to the audit rows of the request, if the response has one. May be called again if it changes. */
    void noteStatus() {
        HttpStatusCode set = response.getStatusCode();
        int answered = set == null ? HttpStatus.OK.value() : set.value();
        note(answered == HttpStatus.OK.value() && isWebSocket() ? HttpStatus.SWITCHING_PROTOCOLS.value() : answered);
    }

    /** An upgrade to a WebSocket commits the response without a status, and Netty then writes 101. */
    private boolean isWebSocket() {
        return web.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE) instanceof WebSocketHandler;
    }

    private void note(int answered) {
        status = answered;
        if (exchange.isAdmitted()) {
            complete();
        }
    }

    /** On another thread, since the log may be locked for a moment; on this one if there is no room. */
    private void complete() {
        try {
            OffTheEventLoop.shared().threads().schedule(() -> exchange.complete(status));
        } catch (RejectedExecutionException full) {
            exchange.complete(status);
        }
    }

    /** Writes it again if a later action before the commit has changed it. */
    void noteCommittedStatus() {
        if (response.isCommitted()) {
            noteStatus();
        }
    }

    /**
     * Replaces a status that was noted for a commit that then failed. The response to the failure is written outside the
     * filter, and calls no action before its commit: so its status is taken from the failure.
     */
    void noteFailedCommit(Throwable failure) {
        if (status != 0 && !response.isCommitted()) {
            note(
                    failure instanceof ErrorResponse known
                            ? known.getStatusCode().value()
                            : HttpStatus.INTERNAL_SERVER_ERROR.value());
        }
    }

    /** Returns the headers of the response that a handler, or this library, will write. */
    ResponseHeaders headers() {
        return new WebFluxResponseHeaders(response.getHeaders());
    }

    private record WebFluxResponseHeaders(HttpHeaders headers) implements ResponseHeaders {

        @Override
        public List<String> values(String name) {
            return headers.getOrEmpty(name);
        }

        @Override
        public void set(String name, String value) {
            headers.set(name, value);
        }

        @Override
        public void add(String name, String value) {
            headers.add(name, value);
        }
    }

    Mono<Void> deny(AuthError error) {
        return sendError(exchange.deny(auth, error));
    }

    Mono<Void> send(AuthError error) {
        return sendError(exchange.error(auth, error));
    }

    /** Sends an error of the library as the whole response. */
    Mono<Void> sendError(HttpAnswer answer) {
        if (response.isCommitted()) {
            return alreadyCommitted();
        }
        answer.error().ifPresent(this::removeHeadersOfTheHandler);
        addTo(answer);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(bytes(answer))));
    }

    /**
     * Sends a response of the library as the whole response, or the dialect's server error in place of a broken one.
     *
     * @param bodies sends a body that is not an error
     */
    Mono<Void> send(HttpAnswer answer, StreamedBodies bodies) {
        if (answer.error().isPresent()) {
            return sendError(answer);
        }
        if (response.isCommitted()) {
            return alreadyCommitted();
        }
        addTo(answer);
        return response.writeWith(bodies.of(answer::writeBody, response.bufferFactory()))
                .onErrorResume(UncheckedIOException.class, this::recover);
    }

    /** Errors are in memory already. */
    private static byte[] bytes(HttpAnswer answer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            answer.writeBody(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    private void addTo(HttpAnswer answer) {
        response.setStatusCode(HttpStatusCode.valueOf(answer.status()));
        answer.addTo(headers());
    }

    private static Mono<Void> alreadyCommitted() {
        return Mono.error(new IllegalStateException("the response is already committed"));
    }

    /** If a part of the response was sent, only an aborted connection shows the client that it is incomplete. */
    private Mono<Void> recover(UncheckedIOException failed) {
        if (response.isCommitted() || !(failed.getCause() instanceof BrokenAnswerException)) {
            return Mono.error(failed);
        }
        // An error has no next page.
        response.getHeaders().remove("Link");
        return send(AuthError.unavailable());
    }

    /** They describe a body that is not sent, or limits that the error must not reveal. */
    private void removeHeadersOfTheHandler(AuthError error) {
        HttpHeaders headers = response.getHeaders();
        headers.clearContentHeaders();
        headers.remove(HttpHeaders.ETAG);
        headers.remove(HttpHeaders.LAST_MODIFIED);
        if (!auth.dialect().tellsLimits(error)) {
            List.copyOf(headers.headerSet()).stream()
                    .map(Map.Entry::getKey)
                    .filter(auth.dialect()::isLimitHeader)
                    .forEach(headers::remove);
        }
    }
}
