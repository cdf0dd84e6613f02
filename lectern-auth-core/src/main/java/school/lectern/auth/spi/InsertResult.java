package school.lectern.auth.spi;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/** The result of the insert of one token, by {@link TokenStore#insert} or {@link TokenStore#insertAll}. Immutable. */
public final class InsertResult {

    /** The kinds of results. More may follow: handle the default. */
    public enum Kind {
        /** The token was stored. */
        STORED,
        /** Nothing was stored: a token with its id is already stored, or a token with each of its selectors. */
        ALREADY_THERE,
        /** Nothing was stored: the constraint forbids its name. */
        NAME_TAKEN,
        /** Nothing was stored: the tenant is gone. */
        TENANT_GONE,
        /** Nothing was stored: the tenant or the creator has the maximum number of live tokens. */
        TOO_MANY_TOKENS,
        /** Nothing was stored: the store cannot hold one of its values. */
        REJECTED
    }

    private final Kind kind;
    private final @Nullable StoredToken stored;

    private InsertResult(Kind kind, @Nullable StoredToken stored) {
        this.kind = kind;
        this.stored = stored;
    }

    /**
     * {@return the result for a token that was stored}
     *
     * @param token the token as it is stored, with its number
     */
    public static InsertResult stored(StoredToken token) {
        return new InsertResult(Kind.STORED, token);
    }

    /**
     * {@return the result for a token that was not stored}
     *
     * @param kind the reason; not {@link Kind#STORED}
     * @throws IllegalArgumentException if the kind is {@link Kind#STORED}
     */
    public static InsertResult refused(Kind kind) {
        if (kind == Kind.STORED) {
            throw new IllegalArgumentException("kind must be one of a token that was not stored, was STORED");
        }
        return new InsertResult(kind, null);
    }

    /** {@return the kind of the result} */
    public Kind kind() {
        return kind;
    }

    /** {@return the token with its number, or empty if it was not stored} */
    public Optional<StoredToken> stored() {
        return Optional.ofNullable(stored);
    }

    @Override
    public String toString() {
        return kind.toString();
    }
}
