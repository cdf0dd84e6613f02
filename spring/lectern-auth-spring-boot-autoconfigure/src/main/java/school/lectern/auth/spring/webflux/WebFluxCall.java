package school.lectern.auth.spring.webflux;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.ServerHttpRequest;
import school.lectern.auth.http.HttpCall;

/** A request as it appears at one place in the chain of web filters. It is closed if its body may have been read. */
final class WebFluxCall implements HttpCall, Closeable {

    /** A client that pauses for longer in the middle of a body has gone, or keeps a thread on purpose. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final ServerHttpRequest request;
    private @Nullable InputStream body;

    WebFluxCall(ServerHttpRequest request) {
        this.request = request;
    }

    @Override
    public String method() {
        return request.getMethod().name();
    }

    @Override
    public String rawPath() {
        return request.getPath().value();
    }

    @Override
    public @Nullable String rawQuery() {
        return request.getURI().getRawQuery();
    }

    @Override
    public String contextPath() {
        return request.getPath().contextPath().value();
    }

    /** Decodes each segment, as WebFlux does before it compares paths. */
    @Override
    public String path() {
        return request.getPath().pathWithinApplication().elements().stream()
                .map(element ->
                        element instanceof PathContainer.PathSegment segment ? segment.valueToMatch() : element.value())
                .collect(Collectors.joining());
    }

    @Override
    public @Nullable String peer() {
        InetSocketAddress peer = request.getRemoteAddress();
        return peer == null || peer.getAddress() == null
                ? null
                : peer.getAddress().getHostAddress();
    }

    /**
     * By the scheme alone: a filter of Spring that reads the headers of a proxy changes it, and leaves the connection's state.
     */
    @Override
    public boolean isSecure() {
        String scheme = request.getURI().getScheme();
        return "https".equalsIgnoreCase(scheme) || "wss".equalsIgnoreCase(scheme);
    }

    @Override
    public List<String> headers(String name) {
        return request.getHeaders().getOrEmpty(name);
    }

    /** Waits for the client's data, so it must not be read on a thread of the event loop. */
    @Override
    public InputStream body() {
        InputStream opened = DataBufferUtils.subscriberInputStream(
                request.getBody()
                        .timeout(LONGEST_PAUSE)
                        .onErrorMap(TimeoutException.class, late -> new IOException("the client sends nothing more")),
                1);
        body = opened;
        return opened;
    }

    /** Releases data of the client that was not read. */
    @Override
    public void close() throws IOException {
        if (body != null) {
            body.close();
        }
    }

    /** Does not contain the path, which is text from the client and may contain a secret. */
    @Override
    public String toString() {
        return "WebFluxCall";
    }
}
