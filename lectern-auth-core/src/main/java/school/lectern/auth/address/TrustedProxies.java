package school.lectern.auth.address;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose {@code X-Forwarded-For}, {@code X-Forwarded-Proto} and {@code Forwarded} headers are trusted. By default no
 * proxy is, and only the peer of the connection counts. Immutable.
 *
 * <pre>{@code
 * TrustedProxies.of(List.of(IpRange.parse("10.0.0.0/8")))
 * TrustedProxies.of(List.of()).andUnixSocket()
 * }</pre>
 */
public final class TrustedProxies {

    private static final TrustedProxies NONE = new TrustedProxies(List.of(), false);

    /**
     * {@code 203.0.113.9:51234}, {@code [2001:db8::7]:443} or {@code [2001:db8::7]}. Any other text is an address or is not
     * valid.
     */
    private static final Pattern WITH_PORT =
            Pattern.compile("([0-9.]+):([0-9]{1,5})|\\[([0-9A-Fa-f:.]+)](?::([0-9]{1,5}))?");

    /**
     * A parameter within an element of {@code Forwarded} (RFC 7239, section 4), and the semicolon or the end that follows it.
     */
    private static final Pattern FORWARDED_PAIR = Pattern.compile(
            "\\G[ \\t]*+([^\\s=\";,]++)=(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s=\";,]*+))[ \\t]*+(?:;|$)");

    private static final int MAX_PORT = 65_535;

    private final List<IpRange> ranges;
    private final boolean unixSocket;

    private TrustedProxies(List<IpRange> ranges, boolean unixSocket) {
        this.ranges = List.copyOf(ranges);
        this.unixSocket = unixSocket;
    }

    /** {@return the default, which trusts no proxy} */
    public static TrustedProxies none() {
        return NONE;
    }

    /**
     * {@return a setting that trusts the proxies with an address in one of these ranges}
     *
     * @param ranges the addresses of the proxies; may be empty
     */
    public static TrustedProxies of(List<IpRange> ranges) {
        return new TrustedProxies(ranges, false);
    }

    /**
     * {@return a copy that also trusts a proxy that connects over a Unix domain socket} Such a peer has no IP address, and
     * the permissions of the socket's file determine who can connect. Without this setting its requests come from an unknown
     * address.
     *
     * <p>Tomcat reports such a peer as {@code 127.0.0.1}: trust that address there instead.
     */
    public TrustedProxies andUnixSocket() {
        return new TrustedProxies(ranges, true);
    }

    /**
     * {@return the address that the request came from; null if it is unknown, because the peer or a required hop cannot be
     * parsed} If the peer is trusted, {@code X-Forwarded-For} is read from the right, from one trusted proxy to the next, up
     * to the first address that is not a trusted proxy. An address may have a port, which is ignored.
     *
     * @param peer the peer of the connection as the container reports it; null, empty or a file's path for a Unix domain
     *     socket
     * @param forwardedFor returns all values of {@code X-Forwarded-For} in their order; a value may contain several
     *     addresses. Called only if the peer is trusted
     */
    public @Nullable IpAddress client(@Nullable String peer, Supplier<List<String>> forwardedFor) {
        IpAddress address = peer == null ? null : IpAddress.parse(peer).orElse(null);
        boolean trusted = isTrustedPeer(peer, address);
        if (!trusted) {
            return address;
        }
        List<String> hops = forwardedFor.get().stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .toList();
        for (int i = hops.size() - 1; i >= 0 && trusted; i--) {
            address = hop(hops.get(i).strip());
            trusted = isTrusted(address);
        }
        return address;
    }

    /**
     * {@return whether the client sent the request over TLS} If the peer is trusted, and the request has {@code
     * X-Forwarded-Proto} or {@code Forwarded} (RFC 7239), these headers decide: every protocol in them must be {@code https} or
     * {@code wss}, and every element of {@code Forwarded} must have a protocol. So a text from the client before that of a
     * proxy cannot make its request secure; Tomcat's {@code RemoteIpValve} has the same rule. Otherwise, the connection
     * decides.
     *
     * @param peer the peer of the connection, as for {@link #client}
     * @param connection whether the connection from the peer is encrypted
     * @param header returns all values of the header with a name. Called only if the peer is trusted
     */
    public boolean isSecure(@Nullable String peer, boolean connection, Function<String, List<String>> header) {
        if (ranges.isEmpty() && !unixSocket) {
            return connection;
        }
        IpAddress address = peer == null ? null : IpAddress.parse(peer).orElse(null);
        if (!isTrustedPeer(peer, address)) {
            return connection;
        }
        List<String> protocols = Stream.concat(
                        header.apply("X-Forwarded-Proto").stream()
                                .flatMap(value -> Arrays.stream(value.split(",", -1))),
                        header.apply("Forwarded").stream()
                                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                                .map(TrustedProxies::protocol))
                .map(String::strip)
                .toList();
        return protocols.isEmpty() ? connection : protocols.stream().allMatch(TrustedProxies::isEncrypted);
    }

    private static boolean isEncrypted(String protocol) {
        return protocol.equalsIgnoreCase("https") || protocol.equalsIgnoreCase("wss");
    }

    /** {@return the protocol of an element of {@code Forwarded}; empty if it does not have exactly one, or is malformed} */
    private static String protocol(String element) {
        Matcher pair = FORWARDED_PAIR.matcher(element);
        String protocol = null;
        int end = 0;
        while (end < element.length() && pair.find()) {
            end = pair.end();
            if (pair.group(1).equalsIgnoreCase("proto")) {
                boolean isFirst = protocol == null;
                protocol = !isFirst ? "" : pair.group(2) == null ? pair.group(3) : pair.group(2);
            }
        }
        return protocol == null || end < element.length() ? "" : protocol;
    }

    private boolean isTrustedPeer(@Nullable String peer, @Nullable IpAddress address) {
        return (unixSocket && isUnixSocket(peer)) || isTrusted(address);
    }

    /**
     * {@return whether a peer is a Unix domain socket} Containers report its path, an abstract name that starts with an at
     * sign, or no name.
     */
    private static boolean isUnixSocket(@Nullable String peer) {
        return peer == null || peer.isEmpty() || peer.startsWith("/") || peer.startsWith("@");
    }

    private static @Nullable IpAddress hop(String text) {
        Matcher matcher = WITH_PORT.matcher(text);
        if (!matcher.matches()) {
            return IpAddress.parse(text).orElse(null);
        }
        boolean isV4 = matcher.group(1) != null;
        String port = matcher.group(isV4 ? 2 : 4);
        if (port != null && Integer.parseInt(port) > MAX_PORT) {
            return null;
        }
        // Brackets are for IPv6 only, as in a URL.
        Optional<IpAddress> address = IpAddress.parse(matcher.group(isV4 ? 1 : 3));
        return isV4 || matcher.group(3).contains(":") ? address.orElse(null) : null;
    }

    private boolean isTrusted(@Nullable IpAddress address) {
        return address != null && IpRange.anyContains(ranges, address);
    }
}
