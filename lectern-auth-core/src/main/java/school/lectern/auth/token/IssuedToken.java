package school.lectern.auth.token;

import java.util.Optional;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.format.Secret;

/** A token that has just been issued: the only object through which its secret can be read. Immutable. */
public final class IssuedToken {

    private final GeneratedToken generated;
    private final StoredToken stored;

    /**
     * Creates an issued token.
     *
     * @param generated the generated token, with its secret
     * @param stored the row that was stored for it
     */
    public IssuedToken(GeneratedToken generated, StoredToken stored) {
        this.generated = generated;
        this.stored = stored;
    }

    /** {@return the token's id, by which it is listed, changed and revoked} */
    public String id() {
        return stored.id();
    }

    /** {@return the whole token value} Hand it to the token's holder and do not retain it. */
    public Secret secret() {
        return generated.value();
    }

    /** {@return the public key, which is not secret, or empty if the format has one part} */
    public Optional<String> publicKey() {
        return Optional.ofNullable(generated.token().publicKey());
    }

    /** {@return the part that follows the public key and its separator, or empty if the format has one part} */
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
