package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.testkit.TestTokens;
import school.lectern.auth.token.IssuedToken;

/** A proxy that connects over a Unix domain socket. */
class UnixSocketTest {

    private static final String CLIENT = "203.0.113.9";

    @TempDir
    Path folder;

    /** Starts a server on the socket. Its applications run the extension when they start. */
    private interface Server {
        AutoCloseable start(Path socket, Container.Extension extension) throws Exception;
    }

    @Test
    void client_behind_a_proxy_on_jettys_socket_is_known_if_the_host_names_the_socket() throws Exception {
        TrustedProxies named = TrustedProxies.none().andUnixSocket();
        assertThat(status(this::jetty, TrustedProxies.none(), CLIENT)).isEqualTo(401);
        assertThat(status(this::jetty, named, CLIENT)).isEqualTo(404);
        assertThat(status(this::jetty, named, CLIENT + ":51234")).isEqualTo(404);
        assertThat(status(this::jetty, named, "203.0.113.8")).isEqualTo(401);
        assertThat(status(this::jetty, named, CLIENT + ", 10.0.0.1")).isEqualTo(401);
    }

    /** Tomcat reports 127.0.0.1 as the address of such a peer. */
    @Test
    void client_behind_a_proxy_on_tomcats_socket_is_known_if_the_host_names_the_loopback_address() throws Exception {
        TrustedProxies named = TrustedProxies.of(List.of(IpRange.parse("127.0.0.1")));
        assertThat(status(this::tomcat, TrustedProxies.none(), CLIENT)).isEqualTo(401);
        assertThat(status(this::tomcat, named, CLIENT)).isEqualTo(404);
        assertThat(status(this::tomcat, named, "203.0.113.8")).isEqualTo(401);
    }

    private AutoCloseable jetty(Path socket, Container.Extension extension) throws Exception {
        org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
        UnixDomainServerConnector connector = new UnixDomainServerConnector(server);
        connector.setUnixDomainPath(socket);
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addServletContainerInitializer((classes, servletContext) -> extend(extension, servletContext));
        server.setHandler(context);
        server.start();
        return server::stop;
    }

    private AutoCloseable tomcat(Path socket, Container.Extension extension) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        Context context = tomcat.addContext("", folder.toString());
        Tomcat.addServlet(context, "default", DefaultServlet.class.getName()).addMapping("/");
        context.addServletContainerInitializer(
                (classes, servletContext) -> extend(extension, servletContext), Set.of());
        Connector connector = new Connector();
        connector.setProperty("unixDomainSocketPath", socket.toString());
        tomcat.setConnector(connector);
        tomcat.start();
        return () -> {
            tomcat.stop();
            tomcat.destroy();
        };
    }

    private static void extend(Container.Extension extension, ServletContext context) throws ServletException {
        try {
            extension.extend(context);
        } catch (Exception failed) {
            throw new ServletException(failed);
        }
    }

    /**
     * Returns the status of a request with a token for the client's address only: 404 if it is admitted, because the path does
     * not exist.
     */
    private int status(Server server, TrustedProxies proxies, String forwardedFor) throws Exception {
        Path socket = folder.resolve("socket");
        RouteRules rules =
                RouteRules.builder().guard("GET", "/x", Requirement.anyToken()).build();
        LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT);
        AutoCloseable running = server.start(
                socket, servletContext -> LecternAuthFilter.register(servletContext, auth, rules, proxies));
        try {
            NewToken settings = NewToken.named("CI")
                    .scopes(ScopeSet.parse("read:learners"))
                    .allowlist(IpAllowlist.of(List.of(IpRange.parse(CLIENT))));
            IssuedToken token = auth.tenant("123").tokens().issue(settings).orElseThrow();
            return get(socket, "Authorization: Bearer " + token.secret().expose(), "X-Forwarded-For: " + forwardedFor);
        } finally {
            running.close();
            auth.close();
        }
    }

    private static int get(Path socket, String... headers) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            String request =
                    "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
            Channels.newOutputStream(channel).write(request.getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.ISO_8859_1);
            return Integer.parseInt(answer.split(" ", -1)[1]);
        }
    }
}
