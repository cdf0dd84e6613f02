package school.lectern.auth.token;

import java.util.Optional;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenFormat;

/** A token that was just made: the only time that its secret is known to anybody but its holder. */
public final class IssuedToken {

    private final TokenFormat.GeneratedToken fresh;
    private final StoredToken stored;

    /** A token as it was generated, with what is stored of it. */
    public IssuedToken(TokenFormat.GeneratedToken fresh, StoredToken stored) {
        this.fresh = fresh;
        this.stored = stored;
    }

    /** The whole token, to be handed to its holder and then forgotten. */
    public Secret secret() {
        return fresh.value();
    }

    /** Returns the public key, which is no secret, or empty in a format of one part. */
    public Optional<String> publicKey() {
        return Optional.ofNullable(fresh.token().publicKey());
    }

    /** Returns the part that follows the public key and its separator, or empty in a format of one part. */
    public Optional<Secret> secretKey() {
        return publicKey().map(key -> fresh.token().secret());
    }

    /** What is stored of it. */
    public StoredToken stored() {
        return stored;
    }

    @Override
    public String toString() {
        return "IssuedToken[" + stored.id() + "]";
    }
}
