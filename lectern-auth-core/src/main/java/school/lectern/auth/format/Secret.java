package school.lectern.auth.format;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A text that must not be disclosed: a token, or a value of the {@code Authorization} header. {@link #toString} returns
 * {@code [redacted]}, and {@link #equals} compares in constant time. Only methods whose names start with {@code expose}
 * return the characters, so a search for that word finds all code that reads them.
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

    /**
     * {@return a secret with the given characters}
     *
     * @param characters the characters; any text, also an empty one
     */
    public static Secret of(String characters) {
        return new Secret(characters, 0, characters.length());
    }

    /** {@return the characters} */
    public String expose() {
        return text.substring(start, end);
    }

    /** {@return a secret with the characters of a text between two indices, which are not copied} */
    static Secret part(String text, int start, int end) {
        return new Secret(text, start, end);
    }

    /**
     * {@return a text that contains the characters from {@link #start} to {@link #end}, for callers that only read them and
     * need no copy}
     */
    String exposeWhole() {
        return text;
    }

    /** {@return whether the characters contain the given one} */
    boolean contains(char c) {
        int at = text.indexOf(c, start);
        return at >= 0 && at < end;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    /** {@return the number of characters, which is not secret: the format of a token determines it} */
    public int length() {
        return end - start;
    }

    /**
     * {@return the first characters}
     *
     * @param characters the number of characters, at most {@link #length}
     */
    String exposeFirst(int characters) {
        return text.substring(start, start + characters);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(exposeBytes(), secret.exposeBytes());
    }

    /** {@return the same value for all secrets, because a hash would disclose something about the characters} */
    @Override
    public int hashCode() {
        return 1;
    }

    @Override
    public String toString() {
        return "[redacted]";
    }

    /** {@return the characters in UTF-8} */
    public byte[] exposeBytes() {
        return expose().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the characters to the start of an array, one byte for each character. All characters must be ASCII, as those of
     * every {@link PresentedToken} are.
     *
     * @param bytes the array, at least as long as {@link #length}
     * @throws IndexOutOfBoundsException if the array is shorter than that
     */
    @SuppressWarnings("deprecation") // The method drops the high byte of each character, which is zero in ASCII.
    public void exposeTo(byte[] bytes) {
        text.getBytes(start, end, bytes, 0);
    }
}
