package school.lectern.auth.spring.webflux;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.MultiValueMap;
import school.lectern.auth.format.Carriers;

/**
 * A request whose token code behind the filter cannot see: not in a header, and not in the query. Nothing is hidden before a
 * token is admitted: that may be at the handler, if a filter has changed the path.
 */
final class RequestWithoutCredential extends ServerHttpRequestDecorator {

    private final ServerHttpRequest withoutParameter;
    private final HttpHeaders withoutHeaders = new HttpHeaders();
    private final BooleanSupplier isAdmitted;

    private RequestWithoutCredential(
            ServerHttpRequest sent, ServerHttpRequest withoutParameter, Carriers carriers, BooleanSupplier isAdmitted) {
        super(sent);
        this.withoutParameter = withoutParameter;
        this.isAdmitted = isAdmitted;
        sent.getHeaders().forEach((name, values) -> {
            List<String> others = values.stream()
                    .map(value -> carriers.withoutTokens(name, value))
                    .filter(Objects::nonNull)
                    .toList();
            if (!others.isEmpty()) {
                withoutHeaders.addAll(name, others);
            }
        });
    }

    /** Returns the request without its token, as soon as that is admitted. */
    static ServerHttpRequest of(ServerHttpRequest request, Carriers carriers, BooleanSupplier isAdmitted) {
        String query = request.getURI().getRawQuery();
        String shown = carriers.withoutTokens(query);
        ServerHttpRequest withoutParameter = Objects.equals(query, shown)
                ? request
                : request.mutate().uri(withQuery(request.getURI(), shown)).build();
        return new RequestWithoutCredential(request, withoutParameter, carriers, isAdmitted);
    }

    /** Returns the address with another query. It is not taken apart, since clients send queries that few parsers accept. */
    private static URI withQuery(URI sent, @Nullable String query) {
        String text = sent.toString();
        return URI.create(text.substring(0, text.indexOf('?')) + (query == null ? "" : '?' + query));
    }

    private ServerHttpRequest shown() {
        return isAdmitted.getAsBoolean() ? withoutParameter : getDelegate();
    }

    @Override
    public HttpHeaders getHeaders() {
        return isAdmitted.getAsBoolean()
                ? HttpHeaders.readOnlyHttpHeaders(withoutHeaders)
                : getDelegate().getHeaders();
    }

    @Override
    public URI getURI() {
        return shown().getURI();
    }

    @Override
    public MultiValueMap<String, String> getQueryParams() {
        return shown().getQueryParams();
    }
}
