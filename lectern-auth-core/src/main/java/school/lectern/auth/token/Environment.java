package school.lectern.auth.token;

import java.util.Optional;

/** Which of a tenant's two worlds a token belongs to. Never changes over a token's life. */
public enum Environment {
    /** The real one. */
    LIVE("live"),
    /** The one for trying things out. */
    TEST("test");

    private final String text;

    Environment(String text) {
        this.text = text;
    }

    /** {@code live} or {@code test}. */
    public String text() {
        return text;
    }

    /** The environment of that {@link #text}, or empty if there is none. */
    public static Optional<Environment> parse(String text) {
        for (Environment environment : values()) {
            if (environment.text.equals(text)) {
                return Optional.of(environment);
            }
        }
        return Optional.empty();
    }
}
