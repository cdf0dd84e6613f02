package school.lectern.auth.spring.webflux;

import java.io.IOException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.http.HttpAnswer;
import school.lectern.auth.http.ManagementApi;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;

/**
 * The {@link ManagementApi} as a handler of WebFlux. It has threads of its own, so that slow clients keep no other code
 * waiting, and sends up to 64 long responses at the same time. While there is no room, a long one is a server error.
 * Thread-safe.
 */
public final class ManagementWebHandler implements WebHandler, DisposableBean {

    private final LecternAuth auth;
    private final ManagementApi api;
    private final String prefix;
    private final OffTheEventLoop calls = OffTheEventLoop.own();
    private final StreamedBodies bodies = new StreamedBodies(calls);

    /**
     * Creates the management API of an instance's tokens.
     *
     * @param auth the instance whose tokens are managed
     * @param authority identifies callers and determines their permissions
     * @param tenants finds tenants by id. For a tenant that it does not contain, audit rows can be exported, and tokens can
     *     be read and revoked, but not created or changed
     * @param proxies the proxies whose headers contain the client's address
     * @param prefix the path below which this handler is mapped, without a slash at its end
     * @throws IllegalStateException if the library was opened without an audit log
     */
    public ManagementWebHandler(
            LecternAuth auth,
            ManagementAuthority authority,
            TenantDirectory tenants,
            TrustedProxies proxies,
            String prefix) {
        this.auth = auth;
        this.api = new ManagementApi(auth, authority, tenants, proxies);
        this.prefix = prefix;
    }

    /** The response to a call, and its exchange. */
    private record Answered(WebFluxExchange exchange, HttpAnswer answer) {}

    @Override
    public Mono<Void> handle(ServerWebExchange web) {
        return calls.call(() -> answer(web))
                .flatMap(answered -> answered.exchange().send(answered.answer(), bodies));
    }

    /** Ends the threads. */
    @Override
    public void destroy() {
        calls.dispose();
    }

    private Answered answer(ServerWebExchange web) throws IOException {
        WebFluxExchange exchange = WebFluxExchange.of(web, auth);
        try (WebFluxCall call = new WebFluxCall(web.getRequest())) {
            String path = call.path();
            String below = path.startsWith(prefix + "/") ? path.substring(prefix.length()) : "/";
            return new Answered(exchange, api.answer(exchange.http(), call, below));
        }
    }
}
