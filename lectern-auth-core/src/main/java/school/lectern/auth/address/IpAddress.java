package school.lectern.auth.address;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * An IPv4 or IPv6 address. An IPv4-mapped IPv6 address ({@code ::ffff:10.0.0.1}; RFC 4291, section 2.5.5.2) is the IPv4
 * address, because sockets for both families report IPv4 peers in that form. Immutable.
 *
 * <p>Only the plain forms are parsed: four decimal numbers without leading zeros, or the forms of RFC 4291, section 2.2.
 * Octal, hexadecimal, shortened and single-number forms of IPv4, zone ids and host names are rejected. Names are never looked
 * up.
 */
public final class IpAddress {

    private static final int V4 = 4;
    private static final int V6 = 16;
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private final boolean v4;

    /** The first 64 bits. An IPv4 address has its 32 bits first, then zeros. Every request compares these bits with blocks. */
    private final long high;

    private final long low;

    private IpAddress(boolean v4, long high, long low) {
        this.v4 = v4;
        this.high = high;
        this.low = low;
    }

    /**
     * {@return the address that a text represents, or empty if it represents none}
     *
     * @param text any text
     */
    public static Optional<IpAddress> parse(String text) {
        byte[] bytes = text.indexOf(':') < 0 ? parseV4(text) : parseV6(text);
        return bytes.length == 0 ? Optional.empty() : Optional.of(of(bytes));
    }

    /** {@return the address with these four or sixteen bytes} */
    static IpAddress of(byte[] bytes) {
        ByteBuffer all = ByteBuffer.wrap(bytes);
        boolean mapped = isMapped(bytes);
        return mapped || bytes.length == V4
                ? new IpAddress(true, (long) all.getInt(mapped ? MAPPED.length : 0) << Integer.SIZE, 0)
                : new IpAddress(false, all.getLong(), all.getLong());
    }

    static boolean isMapped(byte[] bytes) {
        return bytes.length == V6 && Arrays.equals(bytes, 0, MAPPED.length, MAPPED, 0, MAPPED.length);
    }

    /** {@return four bytes, or no bytes if the text is not an IPv4 address} */
    static byte[] parseV4(String text) {
        byte[] bytes = new byte[V4];
        int start = 0;
        for (int i = 0; i < V4; i++) {
            int dot = text.indexOf('.', start);
            boolean isLast = i == V4 - 1;
            if (isLast == dot >= 0) {
                return new byte[0];
            }
            int end = isLast ? text.length() : dot;
            int value = parseNumber(text, start, end, 10, 3);
            if (value < 0 || value > 255 || (end - start > 1 && text.charAt(start) == '0')) {
                return new byte[0];
            }
            bytes[i] = (byte) value;
            start = end + 1;
        }
        return bytes;
    }

    /** {@return sixteen bytes, or no bytes if the text is not an IPv6 address} */
    static byte[] parseV6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] bytes = parseGroups(text);
            return bytes.length == V6 ? bytes : new byte[0];
        }
        String headText = text.substring(0, gap);
        String tailText = text.substring(gap + 2);
        byte[] head = headText.isEmpty() ? new byte[0] : parseGroups(headText);
        byte[] tail = tailText.isEmpty() ? new byte[0] : parseGroups(tailText);
        boolean broken = (head.length == 0 && !headText.isEmpty())
                || (tail.length == 0 && !tailText.isEmpty())
                || headText.indexOf('.') >= 0
                || head.length + tail.length > V6 - 2;
        if (broken) {
            return new byte[0];
        }
        byte[] bytes = new byte[V6];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(tail, 0, bytes, V6 - tail.length, tail.length);
        return bytes;
    }

    /**
     * {@return the bytes of groups of up to four hexadecimal digits, where an IPv4 address may replace the last two groups;
     * no bytes if the text has another form}
     */
    private static byte[] parseGroups(String text) {
        String[] groups = text.split(":", -1);
        if (groups.length > 8) {
            return new byte[0];
        }
        byte[] bytes = new byte[V6 + 2];
        int length = 0;
        for (int i = 0; i < groups.length; i++) {
            boolean last = i == groups.length - 1;
            if (last && groups[i].indexOf('.') >= 0) {
                byte[] v4 = parseV4(groups[i]);
                if (v4.length == 0 || length + V4 > V6) {
                    return new byte[0];
                }
                System.arraycopy(v4, 0, bytes, length, V4);
                length += V4;
            } else {
                int value = parseNumber(groups[i], 16, 4);
                if (value < 0) {
                    return new byte[0];
                }
                bytes[length++] = (byte) (value >> 8);
                bytes[length++] = (byte) value;
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    /**
     * {@return the value of a number of ASCII digits, or -1} {@code Integer.parseInt} also accepts a sign and the digits of
     * other scripts.
     */
    static int parseNumber(String text, int radix, int maxDigits) {
        return parseNumber(text, 0, text.length(), radix, maxDigits);
    }

    private static int parseNumber(String text, int start, int end, int radix, int maxDigits) {
        if (start == end || end - start > maxDigits) {
            return -1;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * radix + digit;
        }
        return value;
    }

    /**
     * {@return the address of the network that one client usually has to itself} For an IPv6 address these are the first 64
     * bits, without the interface identifier, which hosts choose freely (RFC 4291, section 2.5.1; RFC 8981). An IPv4 address
     * is returned unchanged.
     */
    public IpAddress withoutInterfaceId() {
        return v4 ? this : new IpAddress(false, high, 0);
    }

    /**
     * {@return the block of all addresses that start with the same bits as this address}
     *
     * @param v4Bits the number of bits if this is an IPv4 address, from 1 to 32
     * @param v6Bits the number of bits if this is an IPv6 address, from 1 to 128
     */
    public IpRange network(int v4Bits, int v6Bits) {
        return IpRange.around(this, v4 ? v4Bits : v6Bits);
    }

    /** {@return the address with all bits outside the masks set to zero} */
    IpAddress masked(long highMask, long lowMask) {
        return new IpAddress(v4, high & highMask, low & lowMask);
    }

    /**
     * {@return the address of the largest network that one site usually has} For an IPv6 address these are the first 48 bits;
     * the owner of a site chooses its subnets freely (RFC 6177, section 2). An IPv4 address is returned unchanged.
     */
    public IpAddress site() {
        return v4 ? this : new IpAddress(false, high & (-1L << 16), 0);
    }

    /** {@return whether the other address has the same bits within the masks, and is of the same family} */
    boolean startsAs(IpAddress other, long highMask, long lowMask) {
        return v4 == other.v4 && ((high ^ other.high) & highMask) == 0 && ((low ^ other.low) & lowMask) == 0;
    }

    /**
     * {@return the position of this address, with the bits of the masks set, in an order of all addresses} IPv4 addresses
     * come after IPv6 addresses, and not directly after them.
     */
    BigInteger position(long highOnes, long lowOnes) {
        BigInteger family = v4 ? BigInteger.TWO.shiftLeft(2 * Long.SIZE) : BigInteger.ZERO;
        return family.add(unsigned(high | highOnes).shiftLeft(Long.SIZE)).add(unsigned(low | lowOnes));
    }

    private static BigInteger unsigned(long bits) {
        return new BigInteger(Long.toUnsignedString(bits));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAddress address && v4 == address.v4 && high == address.high && low == address.low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high * 31 + low);
    }

    /** {@return the address in a form that {@link #parse} accepts: dotted for IPv4, eight groups for IPv6} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (v4) {
            for (int bits = Long.SIZE - 8; bits >= Integer.SIZE; bits -= 8) {
                text.append(text.isEmpty() ? "" : ".").append((high >>> bits) & 0xff);
            }
            return text.toString();
        }
        for (long half : new long[] {high, low}) {
            for (int bits = Long.SIZE - 16; bits >= 0; bits -= 16) {
                text.append(text.isEmpty() ? "" : ":").append(Long.toHexString((half >>> bits) & 0xffff));
            }
        }
        return text.toString();
    }
}
