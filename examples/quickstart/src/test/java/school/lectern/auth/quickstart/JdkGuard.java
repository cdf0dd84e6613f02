package school.lectern.auth.quickstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.http.Exchange;
import school.lectern.auth.http.HttpAnswer;
import school.lectern.auth.http.HttpCall;
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.HttpGuard.Passed;
import school.lectern.auth.http.HttpGuard.Refused;
import school.lectern.auth.http.HttpGuard.Result;
import school.lectern.auth.http.ResponseHeaders;
import school.lectern.auth.http.TokenPrincipal;

/** The complete adapter of docs/http.md. */
record JdkGuard(LecternAuth auth, HttpGuard guard, Handler handler) implements HttpHandler {
    interface Handler {
        void handle(HttpExchange http, Exchange exchange, Optional<TokenPrincipal> caller) throws IOException;
    }

    @Override
    public void handle(HttpExchange http) throws IOException {
        Exchange exchange = Exchange.begin(auth);
        http.getResponseHeaders().set(auth.dialect().requestIdHeader(), exchange.requestId());
        try {
            Result result = guard.decide(exchange, new Call(http));
            if (result instanceof Passed passed) {
                passed.addTo(ResponseHeaders.of(http.getResponseHeaders()));
                handler.handle(http, exchange, guard.principal(exchange));
            } else if (result instanceof Refused refused) {
                send(http, refused.answer());
            }
            http.close();
        } finally {
            exchange.complete(http.getResponseCode() < 0 ? 500 : http.getResponseCode());
        }
    }

    static void send(HttpExchange http, HttpAnswer answer) throws IOException {
        answer.addTo(ResponseHeaders.of(http.getResponseHeaders()));
        boolean isHead = http.getRequestMethod().equals("HEAD");
        http.sendResponseHeaders(answer.status(), isHead ? -1 : 0);
        answer.writeBody(isHead ? OutputStream.nullOutputStream() : http.getResponseBody());
    }

    record Call(HttpExchange http) implements HttpCall {
        public String method() {
            return http.getRequestMethod();
        }

        public String rawPath() {
            return http.getRequestURI().getRawPath();
        }

        public String rawQuery() {
            return http.getRequestURI().getRawQuery();
        }

        public String path() {
            return http.getRequestURI().getPath();
        }

        public String peer() {
            return http.getRemoteAddress().getAddress().getHostAddress();
        }

        public boolean isSecure() {
            return http instanceof HttpsExchange;
        }

        public List<String> headers(String name) {
            return http.getRequestHeaders().getOrDefault(name, List.of());
        }

        public InputStream body() {
            return http.getRequestBody();
        }
    }
}
