package school.lectern.auth;

import java.util.List;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHasher;

/** Generates secrets, and stores their hashes in the rows of their tokens. */
final class SecretGenerator {

    private final TokenFormat format;
    private final TokenHasher hasher;
    private final IdGenerator ids;

    SecretGenerator(IssuerParts parts) {
        this.format = parts.dialect().format();
        this.hasher = parts.hasher();
        this.ids = parts.ids();
    }

    /** @throws IllegalArgumentException if the environment's tokens have no such prefix */
    GeneratedToken generate(TokenEnvironment environment, String prefix) {
        return format.generate(environment, prefix, ids.random());
    }

    /** {@return the secret of the token's successor, with the same prefix if the format still has it} */
    GeneratedToken ofSuccessor(StoredToken token) {
        return generate(token.environment(), prefixOf(token));
    }

    /** {@return a new secret for the token, with the same public key if its format has one} */
    GeneratedToken regenerate(StoredToken token) {
        return format.hasPublicKey()
                ? format.regenerate(token.environment(), prefixOf(token), token.selector(), ids.random())
                : ofSuccessor(token);
    }

    private String prefixOf(StoredToken token) {
        List<String> prefixes = format.prefixes(token.environment());
        return prefixes.contains(token.prefix()) ? token.prefix() : prefixes.get(0);
    }

    /** {@return the token with a new secret, which is shown to the actor} */
    StoredTokenBuilder withSecret(StoredTokenBuilder token, GeneratedToken generated, Actor actor) {
        TokenHasher.HashedSecret stored = hasher.store(generated.token());
        return token.secret(stored.selector(), stored.hash())
                .prefix(generated.prefix())
                .displayPrefix(generated.displayPrefix())
                .secretShownTo(actor.userId().orElse(null));
    }
}
