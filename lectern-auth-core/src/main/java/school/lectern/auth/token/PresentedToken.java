package school.lectern.auth.token;

import org.jspecify.annotations.Nullable;

/** Something that has the shape of a token. It authenticates nothing until {@link Probe#verify} says so. */
public final class PresentedToken implements Parsed {

    private final Secret secret;
    private final @Nullable String publicKey;
    private final @Nullable Environment environment;
    private final int visible;

    PresentedToken(Secret secret, @Nullable String publicKey, @Nullable Environment environment, int visible) {
        this.secret = secret;
        this.publicKey = publicKey;
        this.environment = environment;
        this.visible = visible;
    }

    /** What proves the token: all of it, or in a two-part format the second part. */
    Secret secret() {
        return secret;
    }

    /** The part that names the token and is no secret; null in a format of one part. */
    @Nullable
    String publicKey() {
        return publicKey;
    }

    /** The environment that the prefix names; null in a format whose prefix names none. */
    @Nullable
    Environment environment() {
        return environment;
    }

    /** What lists show of a token of one part: so many of its first characters. */
    String visiblePrefix() {
        return secret.first(visible);
    }

    @Override
    public String toString() {
        return "PresentedToken[redacted]";
    }
}
