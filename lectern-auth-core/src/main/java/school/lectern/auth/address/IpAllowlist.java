package school.lectern.auth.address;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that requests with a token may come from. It fails closed: a list that could not be read allows no address,
 * and an unknown address is not allowed. Immutable.
 */
public final class IpAllowlist {

    private static final IpAllowlist UNREADABLE = new IpAllowlist(List.of());

    /** The allowed blocks; empty if the list could not be read. */
    private final List<IpRange> ranges;

    private IpAllowlist(List<IpRange> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /**
     * {@return a list of blocks}
     *
     * @param ranges the allowed blocks; at least one
     * @throws IllegalArgumentException if there is no block: a token without a list has no {@code IpAllowlist} at all
     */
    public static IpAllowlist of(List<IpRange> ranges) {
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException("must name at least one address or block");
        }
        return new IpAllowlist(ranges);
    }

    /** {@return a replacement for a stored list that cannot be read} It allows no address. */
    public static IpAllowlist unreadable() {
        return UNREADABLE;
    }

    /**
     * {@return whether a request from the address may use a token with this list}
     *
     * @param address the address that the request came from; null if it is unknown
     */
    public boolean allows(@Nullable IpAddress address) {
        return address != null && IpRange.anyContains(ranges, address);
    }

    /**
     * {@return whether this list allows every address that another list allows} A list that could not be read allows none.
     *
     * @param other the other list
     */
    public boolean covers(IpAllowlist other) {
        return other.ranges.stream().allMatch(block -> IpRange.allContain(ranges, block));
    }

    /** {@return the blocks as they were written, or empty if the stored list could not be read} */
    public Optional<List<String>> blocks() {
        return ranges.isEmpty()
                ? Optional.empty()
                : Optional.of(ranges.stream().map(IpRange::toString).toList());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAllowlist list && ranges.equals(list.ranges);
    }

    @Override
    public int hashCode() {
        return ranges.hashCode();
    }

    @Override
    public String toString() {
        return ranges.isEmpty() ? "unreadable" : ranges.toString();
    }
}
