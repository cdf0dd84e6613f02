package school.lectern.auth.address;

import static java.util.Comparator.comparing;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/**
 * A block of addresses in CIDR notation (RFC 4632; RFC 4291, section 2.3), or a single address. Immutable.
 *
 * <p>A block of IPv4-mapped IPv6 addresses is the block of the IPv4 addresses. A larger IPv6 block, such as {@code ::/1},
 * contains no IPv4 address.
 */
public final class IpRange {

    private static final int MAPPED_BITS = 96;

    private final String text;
    private final IpAddress network;
    private final int prefixLength;
    private final long highMask;
    private final long lowMask;

    private IpRange(String text, IpAddress network, int prefixLength) {
        this.text = text;
        this.network = network;
        this.prefixLength = prefixLength;
        this.highMask = mask(prefixLength);
        this.lowMask = mask(prefixLength - Long.SIZE);
    }

    /**
     * {@return a mask with ones on the left}
     *
     * @param ones the number of ones; the mask has none if the number is less than 1, and at most 64
     */
    private static long mask(int ones) {
        return ones <= 0 ? 0 : -1L << Math.max(0, Long.SIZE - ones);
    }

    /**
     * {@return the block that a text represents}
     *
     * @param text an address, or an address and a prefix length
     * @throws IllegalArgumentException with the reason as the message if the text is not a block: if host bits are set, if
     *     the prefix length is 0 (leave the list out instead), or if an address or a length is written in a form that could
     *     be read in two ways
     */
    public static IpRange parse(String text) {
        int slash = text.indexOf('/');
        String addressText = slash < 0 ? text : text.substring(0, slash);
        byte[] bytes = addressText.indexOf(':') < 0 ? IpAddress.parseV4(addressText) : IpAddress.parseV6(addressText);
        if (bytes.length == 0) {
            throw new IllegalArgumentException("is not an IPv4 or IPv6 address or CIDR block");
        }
        int bits = bytes.length * 8;
        int length = slash < 0 ? bits : prefixLength(text.substring(slash + 1), bits);
        if (IpAddress.isMapped(bytes) && length >= MAPPED_BITS) {
            bytes = Arrays.copyOfRange(bytes, MAPPED_BITS / 8, bytes.length);
            length -= MAPPED_BITS;
        }
        if (length == 0) {
            throw new IllegalArgumentException("holds every address; leave the list out instead");
        }
        if (!Arrays.equals(bytes, masked(bytes, length))) {
            throw new IllegalArgumentException("has host bits set");
        }
        return new IpRange(text, IpAddress.of(bytes), length);
    }

    /** {@return the block with the prefix length that contains the address} */
    static IpRange around(IpAddress address, int prefixLength) {
        IpAddress network = address.masked(mask(prefixLength), mask(prefixLength - Long.SIZE));
        return new IpRange(network + "/" + prefixLength, network, prefixLength);
    }

    private static int prefixLength(String text, int bits) {
        int length = IpAddress.parseNumber(text, 10, 3);
        boolean leadingZero = text.length() > 1 && text.charAt(0) == '0';
        if (length < 0 || length > bits || leadingZero) {
            throw new IllegalArgumentException("has a prefix length that is not a number from 1 to " + bits);
        }
        return length;
    }

    /**
     * {@return whether this block contains the address}
     *
     * @param address the address
     */
    public boolean contains(IpAddress address) {
        return network.startsAs(address, highMask, lowMask);
    }

    /** {@return whether one of the blocks contains the address} */
    static boolean anyContains(List<IpRange> ranges, IpAddress address) {
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return whether each address of a block is in one of the blocks; several of them may cover it together} If the block
     * is IPv6 and contains the IPv4-mapped addresses, these count as if they could occur.
     */
    static boolean allContain(List<IpRange> ranges, IpRange block) {
        BigInteger reached = block.first();
        for (IpRange range : ranges.stream().sorted(comparing(IpRange::first)).toList()) {
            if (range.first().compareTo(reached) <= 0 && range.last().compareTo(reached) >= 0) {
                reached = range.last().add(BigInteger.ONE);
            }
        }
        return reached.compareTo(block.last()) > 0;
    }

    private BigInteger first() {
        return network.position(0, 0);
    }

    private BigInteger last() {
        return network.position(~highMask, ~lowMask);
    }

    private static byte[] masked(byte[] bytes, int length) {
        byte[] masked = bytes.clone();
        for (int bit = length; bit < bytes.length * 8; bit++) {
            masked[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
        }
        return masked;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpRange range && prefixLength == range.prefixLength && network.equals(range.network);
    }

    @Override
    public int hashCode() {
        return network.hashCode() * 31 + prefixLength;
    }

    /** {@return the block as it was written, or in the form of {@link IpAddress#toString}} */
    @Override
    public String toString() {
        return text;
    }
}
