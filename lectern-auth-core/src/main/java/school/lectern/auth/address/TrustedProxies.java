package school.lectern.auth.address;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose word on where a request came from is believed. Without one, only the peer of the connection counts.
 * Immutable.
 */
public final class TrustedProxies {

    private static final TrustedProxies NONE = new TrustedProxies(List.of());

    private final List<IpRange> ranges;

    private TrustedProxies(List<IpRange> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /** Nobody is believed: the default. */
    public static TrustedProxies none() {
        return NONE;
    }

    /** The proxies in these blocks are believed. */
    public static TrustedProxies of(List<IpRange> ranges) {
        return new TrustedProxies(ranges);
    }

    /**
     * Where the request came from: {@code X-Forwarded-For} is walked from the right, from one trusted proxy to the next,
     * to the first address that is not one.
     *
     * @param peer the peer of the connection, as text
     * @param forwardedFor every value of {@code X-Forwarded-For}, in their order; a value may hold several addresses. Asked only
     *     where the peer is believed
     * @return null if that is not known, because the peer or a hop that would have to be believed is unreadable
     */
    public @Nullable IpAddress client(@Nullable String peer, Supplier<List<String>> forwardedFor) {
        IpAddress address = peer == null ? null : IpAddress.parse(peer).orElse(null);
        if (address == null || !isTrusted(address)) {
            return address;
        }
        List<String> hops = forwardedFor.get().stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .toList();
        for (int i = hops.size() - 1; i >= 0 && address != null && isTrusted(address); i--) {
            address = IpAddress.parse(hops.get(i).strip()).orElse(null);
        }
        return address;
    }

    private boolean isTrusted(IpAddress address) {
        return IpRange.anyContains(ranges, address);
    }
}
