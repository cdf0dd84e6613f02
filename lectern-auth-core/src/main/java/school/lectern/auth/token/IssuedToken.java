package school.lectern.auth.token;

/** A token that was just made: the only time that its secret is known to anybody but its holder. */
public final class IssuedToken {

    private final Secret secret;
    private final StoredToken stored;

    /** A secret, with what is stored of it. */
    public IssuedToken(Secret secret, StoredToken stored) {
        this.secret = secret;
        this.stored = stored;
    }

    /** The whole token, to be handed to its holder and then forgotten. */
    public Secret secret() {
        return secret;
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
