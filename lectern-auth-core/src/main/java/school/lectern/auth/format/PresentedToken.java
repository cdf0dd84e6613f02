package school.lectern.auth.format;

import org.jspecify.annotations.Nullable;

/** Something that has the shape of a token. It authenticates nothing until its secret has been verified. */
public final class PresentedToken implements ParsedCredential {

    private final Secret secret;
    private final @Nullable String publicKey;
    private final @Nullable TokenEnvironment environment;
    private final int visible;

    PresentedToken(Secret secret, @Nullable String publicKey, @Nullable TokenEnvironment environment, int visible) {
        this.secret = secret;
        this.publicKey = publicKey;
        this.environment = environment;
        this.visible = visible;
    }

    /** What proves the token: all of it, or in a two-part format the second part. */
    public Secret secret() {
        return secret;
    }

    /** The part that names the token and is no secret; null in a format of one part. */
    public @Nullable String publicKey() {
        return publicKey;
    }

    /** The environment that the prefix names; null in a format whose prefix names none. */
    public @Nullable TokenEnvironment environment() {
        return environment;
    }

    /** What lists show of a token of one part: so many of its first characters. */
    public String displayPrefix() {
        return secret.exposeFirst(visible);
    }

    @Override
    public String toString() {
        return "PresentedToken[redacted]";
    }
}
