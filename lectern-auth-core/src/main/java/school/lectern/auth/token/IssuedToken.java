package school.lectern.auth.token;

import java.util.Optional;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.format.Secret;

/** A token that has just been issued: the only object through which its secret can be read. Immutable. */
public final class IssuedToken {

    private final GeneratedToken generated;
    private final StoredToken stored;

    /** Creates an issued token from the generated token and its stored row. */
    public IssuedToken(GeneratedToken generated, StoredToken stored) {
        this.generated = generated;
        this.stored = stored;
    }

    /** Returns the token's id, by which it is listed, changed and revoked. */
    public String id() {
        return stored.id();
    }

    /** Returns the whole token, to be handed to its holder and then forgotten. */
    public Secret secret() {
        return generated.value();
    }

    /** Returns the public key, which is no secret, or empty in a format of one part. */
    public Optional<String> publicKey() {
        return Optional.ofNullable(generated.token().publicKey());
    }

    /** Returns the part that follows the public key and its separator, or empty in a format of one part. */
    public Optional<Secret> secretKey() {
        return publicKey().map(key -> generated.token().secret());
    }

    /** {@return the token without its secret: its settings and its state} */
    public Token token() {
        return Token.of(stored);
    }

    @Override
    public String toString() {
        return "IssuedToken[" + stored.id() + "]";
    }
}
