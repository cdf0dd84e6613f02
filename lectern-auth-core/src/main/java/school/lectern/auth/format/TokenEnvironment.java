package school.lectern.auth.format;

import java.util.Optional;

/**
 * The environment that a token belongs to. Each tenant has two: one for production and one for tests. The environment of a
 * token never changes.
 */
public enum TokenEnvironment {
    /** Production. */
    LIVE("live"),
    /** Tests. */
    TEST("test");

    private final String text;

    TokenEnvironment(String text) {
        this.text = text;
    }

    /** {@return {@code live} or {@code test}} */
    public String text() {
        return text;
    }

    /**
     * {@return the environment with the given {@link #text}, or empty if there is none}
     *
     * @param text the text, in lower case
     */
    public static Optional<TokenEnvironment> parse(String text) {
        for (TokenEnvironment environment : values()) {
            if (environment.text.equals(text)) {
                return Optional.of(environment);
            }
        }
        return Optional.empty();
    }
}
