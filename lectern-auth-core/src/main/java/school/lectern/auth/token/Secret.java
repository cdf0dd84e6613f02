package school.lectern.auth.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Characters that must not be seen: a token, or what came in the {@code Authorization} header. Prints as
 * {@code [redacted]}, compares in constant time, and gives its characters out through {@link #expose} alone, so that one
 * search of the code finds every place that sees them.
 */
public final class Secret {

    private final String characters;

    private Secret(String characters) {
        this.characters = characters;
    }

    /** Wraps the characters. */
    public static Secret of(String characters) {
        return new Secret(characters);
    }

    /** The characters themselves. */
    public String expose() {
        return characters;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
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

    byte[] bytes() {
        return characters.getBytes(StandardCharsets.UTF_8);
    }
}
