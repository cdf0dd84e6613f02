package school.lectern.auth.format;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Characters that must not be seen: a token, or what came in the {@code Authorization} header. Prints as
 * {@code [redacted]}, compares in constant time, and gives its characters out only through methods whose names begin with
 * {@code expose}, so that one search of the code finds every place that sees them.
 */
public final class Secret {

    private final String text;
    private final int start;
    private final int end;

    private Secret(String text, int start, int end) {
        this.text = text;
        this.start = start;
        this.end = end;
    }

    /** Wraps the characters. */
    public static Secret of(String characters) {
        return new Secret(characters, 0, characters.length());
    }

    /** The characters themselves. */
    public String expose() {
        return text.substring(start, end);
    }

    /** The characters of a text between two indices, which are not copied. */
    static Secret part(String text, int start, int end) {
        return new Secret(text, start, end);
    }

    /** What the characters are a part of, from {@link #start} to {@link #end}: for who would copy them only to read them. */
    String exposeWhole() {
        return text;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    /** Returns the number of characters, which is no secret: the format of a token says it. */
    public int length() {
        return end - start;
    }

    /** So many of the first characters. */
    String exposeFirst(int characters) {
        return text.substring(start, start + characters);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(exposeBytes(), secret.exposeBytes());
    }

    /** The same for all secrets: a hash would tell something of the characters. */
    @Override
    public int hashCode() {
        return 1;
    }

    @Override
    public String toString() {
        return "[redacted]";
    }

    /** Returns the characters in UTF-8. */
    public byte[] exposeBytes() {
        return expose().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the characters there, a byte for each. They have to be ASCII, as all are that a {@link TokenFormat} has read, and to
     * find room.
     */
    @SuppressWarnings("deprecation") // It leaves out the upper half of each character, which of ASCII is nothing.
    public void exposeTo(byte[] bytes) {
        text.getBytes(start, end, bytes, 0);
    }
}
