package school.lectern.auth.address;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that a token may be presented from. Fails closed: a list that could not be read, and an address that is
 * not known, allow nothing. Immutable.
 */
public final class IpAllowlist {

    private static final IpAllowlist UNREADABLE = new IpAllowlist(List.of());

    /** Empty: could not be read. */
    private final List<IpRange> ranges;

    private IpAllowlist(List<IpRange> ranges) {
        this.ranges = List.copyOf(ranges);
    }

    /**
     * The list of these blocks.
     *
     * @throws IllegalArgumentException if there is none: a token without a list has no {@code IpAllowlist} at all
     */
    public static IpAllowlist of(List<IpRange> ranges) {
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException("must name at least one address or block");
        }
        return new IpAllowlist(ranges);
    }

    /** What stands in for a stored list that cannot be read: it allows no address. */
    public static IpAllowlist unreadable() {
        return UNREADABLE;
    }

    /**
     * Whether a token with this list may be presented from there.
     *
     * @param address where the request came from; null if that is not known
     */
    public boolean allows(@Nullable IpAddress address) {
        return address != null && IpRange.anyContains(ranges, address);
    }

    /** Whether every address that the other list allows is allowed by this one. A list that could not be read allows none. */
    public boolean covers(IpAllowlist other) {
        return other.ranges.stream().allMatch(block -> IpRange.allContain(ranges, block));
    }

    /** The blocks as they were written, or empty if the stored list could not be read. */
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
