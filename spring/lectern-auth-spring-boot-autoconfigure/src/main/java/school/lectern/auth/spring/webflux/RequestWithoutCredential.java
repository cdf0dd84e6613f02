package school.lectern.auth.spring.webflux;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import school.lectern.auth.format.Carriers;

/** A request whose token code behind the filter cannot see: not in a header, and not in the query. */
final class RequestWithoutCredential extends ServerHttpRequestDecorator {

    private final HttpHeaders shown = new HttpHeaders();

    private RequestWithoutCredential(ServerHttpRequest request, Carriers carriers) {
        super(request);
        request.getHeaders().forEach((name, values) -> {
            List<String> others = values.stream()
                    .filter(value -> !carriers.isSecret(name, value))
                    .toList();
            if (!others.isEmpty()) {
                shown.addAll(name, others);
            }
        });
    }

    static ServerHttpRequest of(ServerHttpRequest request, Carriers carriers) {
        String query = request.getURI().getRawQuery();
        String shown = carriers.withoutTokens(query);
        ServerHttpRequest withoutParameter = Objects.equals(query, shown)
                ? request
                : request.mutate().uri(withQuery(request.getURI(), shown)).build();
        return new RequestWithoutCredential(withoutParameter, carriers);
    }

    /** Returns the address with another query. It is not taken apart, since clients send queries that few parsers accept. */
    private static URI withQuery(URI sent, @Nullable String query) {
        String text = sent.toString();
        return URI.create(text.substring(0, text.indexOf('?')) + (query == null ? "" : '?' + query));
    }

    @Override
    public HttpHeaders getHeaders() {
        return HttpHeaders.readOnlyHttpHeaders(shown);
    }
}
