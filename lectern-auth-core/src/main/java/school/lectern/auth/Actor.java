package school.lectern.auth;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.VerifiedToken;

/**
 * Identifies the originator of a change: the application or one of its users, the most that it may grant to a token, and its
 * request, which the audit log records. Immutable.
 */
public final class Actor {

    private static final Actor APPLICATION = new Actor(null, Grant.everything(), null);

    private final @Nullable String userId;
    private final Grant grant;
    private final @Nullable AuthRequest request;

    private Actor(@Nullable String userId, Grant grant, @Nullable AuthRequest request) {
        this.userId = userId;
        this.grant = grant;
        this.request = request;
    }

    /** {@return the application itself, which may grant anything to a token} */
    public static Actor application() {
        return APPLICATION;
    }

    /**
     * {@return an actor for a user of the application}
     *
     * @param userId the application's id of the user
     * @param grant the most that the user may grant to a token
     */
    public static Actor user(String userId, Grant grant) {
        return new Actor(userId, grant, null);
    }

    /**
     * {@return the bearer of a token, as the actor that rotates the token} Audit rows have the id of the token as the actor.
     * The grant covers everything, because the only change that a bearer can make gives the successor the rights of the token.
     */
    static Actor bearer(VerifiedToken token, AuthRequest request) {
        return new Actor(token.id(), Grant.everything(), request);
    }

    /**
     * {@return this actor, with the request that it made}
     *
     * @param asked the request, which the audit log records
     */
    public Actor withRequest(AuthRequest asked) {
        return new Actor(userId, grant, asked);
    }

    /** {@return the application's id of the user, or empty for the application itself} */
    public Optional<String> userId() {
        return Optional.ofNullable(userId);
    }

    /** {@return the most that this actor may grant to a token} */
    public Grant grant() {
        return grant;
    }

    /** {@return the request that the actor made, or empty if there is none} */
    public Optional<AuthRequest> request() {
        return Optional.ofNullable(request);
    }
}
