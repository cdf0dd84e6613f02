package school.lectern.auth.spring.webflux;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.util.UriComponentsBuilder;
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
        URI sent = request.getURI();
        String query = carriers.withoutTokens(sent.getRawQuery());
        ServerHttpRequest withoutParameter = Objects.equals(query, sent.getRawQuery())
                ? request
                : request.mutate()
                        .uri(UriComponentsBuilder.fromUri(sent)
                                .replaceQuery(query)
                                .build(true)
                                .toUri())
                        .build();
        return new RequestWithoutCredential(withoutParameter, carriers);
    }

    @Override
    public HttpHeaders getHeaders() {
        return HttpHeaders.readOnlyHttpHeaders(shown);
    }
}
