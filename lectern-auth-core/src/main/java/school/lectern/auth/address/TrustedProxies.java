package school.lectern.auth.address;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose {@code X-Forwarded-For} header is trusted. By default no proxy is, and only the peer of the connection
 * counts. Immutable.
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
        boolean onUnixSocket = unixSocket && isUnixSocket(peer);
        IpAddress address = peer == null ? null : IpAddress.parse(peer).orElse(null);
        boolean trusted = onUnixSocket || isTrusted(address);
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
