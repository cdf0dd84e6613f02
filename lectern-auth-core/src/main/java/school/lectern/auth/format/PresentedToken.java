package school.lectern.auth.format;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** A credential with the shape of a token. It authenticates nothing until its secret has been verified. */
public final class PresentedToken implements ParsedCredential {

    private final Secret whole;
    private final Secret secret;
    private final @Nullable String publicKey;
    private final @Nullable TokenEnvironment environment;
    private final int visible;

    PresentedToken(
            Secret whole,
            Secret secret,
            @Nullable String publicKey,
            @Nullable TokenEnvironment environment,
            int visible) {
        this.whole = whole;
        this.secret = secret;
        this.publicKey = publicKey;
        this.environment = environment;
        this.visible = visible;
    }

    /** {@return the whole token} */
    public Secret whole() {
        return whole;
    }

    /** {@return the SHA-256 of the whole token, by which equal tokens are found without storing them} */
    public byte[] sha256() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(whole.exposeBytes());
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    /** {@return the secret part of the token: the whole token or, in a two-part format, the part after the separator} */
    public Secret secret() {
        return secret;
    }

    /** {@return the public key, which identifies the token and is not secret; null in a format without public keys} */
    public @Nullable String publicKey() {
        return publicKey;
    }

    /**
     * {@return the environment that the token's prefix stands for; null in a format with the same prefixes for
     * every environment}
     */
    public @Nullable TokenEnvironment environment() {
        return environment;
    }

    /**
     * {@return the first characters of the token, which lists show; empty in a two-part format, where lists show the public
     * key}
     */
    public String displayPrefix() {
        return secret.exposeFirst(visible);
    }

    @Override
    public String toString() {
        return "PresentedToken[redacted]";
    }
}
