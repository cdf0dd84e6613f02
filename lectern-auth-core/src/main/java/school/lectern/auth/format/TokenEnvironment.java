package school.lectern.auth.format;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The environment that a token belongs to, such as {@code live} or {@code sandbox}. The environment of a token never changes.
 * Immutable.
 *
 * <p>A dialect has {@link #LIVE} and {@link #TEST}, unless it declares environments of its own.
 */
public final class TokenEnvironment implements Comparable<TokenEnvironment> {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

    /** Production. */
    public static final TokenEnvironment LIVE = new TokenEnvironment("live");

    /** Tests. */
    public static final TokenEnvironment TEST = new TokenEnvironment("test");

    private final String name;

    private TokenEnvironment(String name) {
        this.name = name;
    }

    /**
     * {@return the environment with a name}
     *
     * @param name a lower-case ASCII letter, then at most 31 lower-case ASCII letters, digits, underscores and hyphens
     * @throws IllegalArgumentException if the name is not of that form
     */
    public static TokenEnvironment of(String name) {
        if (name.equals(LIVE.name)) {
            return LIVE;
        }
        if (name.equals(TEST.name)) {
            return TEST;
        }
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "environment must be a-z, then at most 31 of a-z, 0-9, _ and -, was '" + name + "'");
        }
        return new TokenEnvironment(name);
    }

    /** {@return the name, which rows and the management API contain} */
    public String name() {
        return name;
    }

    @Override
    public int compareTo(TokenEnvironment other) {
        return name.compareTo(other.name);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this || (other instanceof TokenEnvironment that && name.equals(that.name));
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** {@return the {@link #name}} */
    @Override
    public String toString() {
        return name;
    }
}
