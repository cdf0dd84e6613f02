package school.lectern.auth.format;

import java.util.Optional;

/** Which of a tenant's two worlds a token belongs to. Never changes over a token's life. */
public enum TokenEnvironment {
    /** The real one. */
    LIVE("live"),
    /** The one for trying things out. */
    TEST("test");

    private final String text;

    TokenEnvironment(String text) {
        this.text = text;
    }

    /** {@code live} or {@code test}. */
    public String text() {
        return text;
    }

    /** The environment of that {@link #text}, or empty if there is none. */
    public static Optional<TokenEnvironment> parse(String text) {
        for (TokenEnvironment environment : values()) {
            if (environment.text.equals(text)) {
                return Optional.of(environment);
            }
        }
        return Optional.empty();
    }
}
