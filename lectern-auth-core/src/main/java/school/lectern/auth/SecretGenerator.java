package school.lectern.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.format.TokenFormats;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHasher;

/** Generates secrets, and stores their hashes in the rows of their tokens. */
final class SecretGenerator {

    private final TokenFormats formats;
    private final TokenHasher hasher;
    private final IdGenerator ids;

    SecretGenerator(IssuerParts parts) {
        this.formats = parts.dialect().formats();
        this.hasher = parts.hasher();
        this.ids = parts.ids();
    }

    /**
     * {@return the secret of a new token}
     *
     * @throws IllegalArgumentException if no new token can have the format and the prefix
     */
    GeneratedToken generate(TokenEnvironment environment, @Nullable String format, @Nullable String prefix) {
        return formats.issuing(environment, format, prefix)
                .orElseThrow(() -> new IllegalArgumentException("no token of the environment " + environment
                        + " can have the format " + format + " and the prefix " + prefix + "; the formats are "
                        + formats.names()))
                .generate(environment, prefix, ids.random());
    }

    /**
     * {@return the secret of the token's successor: of the token's format, and with the same prefix} If no new token can be of
     * the format, or have the prefix, it has the first one that new tokens can have.
     */
    GeneratedToken ofSuccessor(StoredToken token) {
        TokenFormat format = formatOf(token);
        return format.generate(token.environment(), prefixOf(token, format), ids.random());
    }

    /** {@return a new secret for the token, with the same public key if its format has one} */
    GeneratedToken regenerate(StoredToken token) {
        TokenFormat format = formatOf(token);
        return format.hasPublicKey()
                        && format.shownPrefix(token.environment(), token.selector())
                                .isPresent()
                ? format.regenerate(token.environment(), prefixOf(token, format), token.selector(), ids.random())
                : ofSuccessor(token);
    }

    /**
     * {@return whether the token is one of another dialect in the same store} A new secret would convert it, and lock out its
     * client; other settings would be checked by the wrong rules.
     */
    boolean isForeign(StoredToken token) {
        return !formats.have(token.environment(), token.prefix(), token.displayPrefix())
                || formats.issuing(token.environment(), null, null).isEmpty();
    }

    private TokenFormat formatOf(StoredToken token) {
        return formats.showing(token.environment(), token.displayPrefix())
                .filter(formats::issues)
                .or(() -> formats.issuing(token.environment(), null, token.prefix()))
                .or(() -> formats.issuing(token.environment(), null, null))
                .orElseThrow();
    }

    private static String prefixOf(StoredToken token, TokenFormat format) {
        List<String> prefixes = format.prefixes(token.environment());
        return prefixes.contains(token.prefix()) ? token.prefix() : prefixes.get(0);
    }

    /** {@return the token with a new secret} The caller sets the user to whom it is shown. */
    StoredTokenBuilder withSecret(StoredTokenBuilder token, GeneratedToken generated) {
        TokenHasher.HashedSecret stored = hasher.store(generated.token());
        return token.secret(stored.selector(), stored.hash())
                .prefix(generated.prefix())
                .displayPrefix(generated.displayPrefix());
    }
}
