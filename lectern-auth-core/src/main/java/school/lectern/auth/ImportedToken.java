package school.lectern.auth;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/**
 * A token that another system has issued, for {@link CrossTenantOperations#importTokens}: the other system's hash of the token,
 * because only the token's holder has the secret, and the settings of the token in this system. A builder; not thread-safe.
 *
 * <pre>{@code
 * ImportedToken.of("123", TokenEnvironment.LIVE, hash, "sk_live_4f9a", createdAt).name("CI").scopes("read:learners")
 * }</pre>
 */
public final class ImportedToken extends TokenSettings<ImportedToken> {

    private final String tenantId;
    private final TokenEnvironment environment;
    private final TokenHash hash;
    private final String visible;
    private final Instant createdAt;
    private @Nullable Instant lastUsedAt;

    private ImportedToken(
            String tenantId, TokenEnvironment environment, TokenHash hash, String visible, Instant createdAt) {
        this.tenantId = Objects.requireNonNull(tenantId, "tenantId");
        this.environment = Objects.requireNonNull(environment, "environment");
        this.hash = Objects.requireNonNull(hash, "hash");
        this.visible = Objects.requireNonNull(visible, "visible");
        this.createdAt = Objects.requireNonNull(createdAt, "createdAt");
    }

    /**
     * Starts the import of a token.
     *
     * @param tenantId the tenant that the token belongs to
     * @param environment the environment that the token belongs to
     * @param hash the hash of the whole token or, for a format of two parts, of the second part
     * @param visible the part of the token that may be shown: the public key of a token of two parts, otherwise the first
     *     characters, in the number that the dialect's format shows
     * @param createdAt the time of its creation, in whole milliseconds
     * @return the token to be imported, to which settings can be added
     */
    public static ImportedToken of(
            String tenantId, TokenEnvironment environment, TokenHash hash, String visible, Instant createdAt) {
        return new ImportedToken(tenantId, environment, hash, visible, createdAt);
    }

    /**
     * Sets the time of the last use in the other system. An {@linkplain LecternAuthBuilder#idleTimeout idle timeout} counts
     * from it. Default: the token was never used, so the timeout counts from its creation.
     *
     * @param time the time, in whole milliseconds; not in the future
     * @return this token
     */
    public ImportedToken lastUsedAt(Instant time) {
        this.lastUsedAt = Objects.requireNonNull(time, "lastUsedAt");
        return this;
    }

    TokenEnvironment environment() {
        return environment;
    }

    TokenHash hash() {
        return hash;
    }

    /** {@return the part of the token that may be shown} */
    public String visible() {
        return visible;
    }

    Instant createdAt() {
        return createdAt;
    }

    @Nullable
    Instant lastUsedAt() {
        return lastUsedAt;
    }

    /**
     * {@return the token with its settings, its selector and the prefix of its secret} The id is derived from the imported
     * values, so that a token which is imported again is recognized, also after it was used or revoked.
     */
    StoredToken under(String selector, String prefix, Actor actor) {
        String origin = String.join("\n", tenantId, hash.algorithm(), hash.expose(), visible);
        StoredTokenBuilder token = StoredToken.builder(
                        IdGenerator.tokenIdOf(origin), tenantId, environment, "", createdAt)
                .prefix(prefix)
                .displayPrefix(visible)
                .lastUsedAt(lastUsedAt)
                .createdBy(actor.userId().orElse(null))
                .secret(selector, hash);
        return applyTo(token.build());
    }
}
