package school.lectern.auth;

import java.time.Instant;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/**
 * A token that another system made, as far as that system knows it: it has the hash, and never had to keep the secret.
 *
 * @param tenantId whom it belongs to
 * @param environment which of the tenant's two worlds it belongs to
 * @param hash the hash of the whole token, or of the second of two parts
 * @param visible what may be shown of the token: the public key of one in two parts, else the first characters, as many as the
 *     dialect's format shows
 * @param createdAt when it was made, in whole milliseconds
 */
public record ImportedToken(
        String tenantId, TokenEnvironment environment, TokenHash hash, String visible, Instant createdAt) {

    /** Its id follows from the rest, so that a token which is imported again is known, also after it was used or revoked. */
    StoredTokenBuilder draft() {
        String origin = String.join("\n", tenantId, hash.algorithm(), hash.expose(), visible);
        return StoredToken.builder(IdGenerator.tokenIdOf(origin), tenantId, environment, "", createdAt)
                .displayPrefix(visible);
    }
}
