package school.lectern.auth;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.spi.Grant;

/** Who asks for a change, the most that they may give to a token, and by which request, for the audit log. Immutable. */
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

    /** The application itself, which may give anything to a token. */
    public static Actor application() {
        return APPLICATION;
    }

    /** A user of the application, who may give to a token at most what the grant covers. */
    public static Actor user(String userId, Grant grant) {
        return new Actor(userId, grant, null);
    }

    /** This actor, asking by that request. */
    public Actor by(AuthRequest asked) {
        return new Actor(userId, grant, asked);
    }

    /** The application's id of the user, or empty for the application itself. */
    public Optional<String> userId() {
        return Optional.ofNullable(userId);
    }

    /** The most that this actor may give to a token. */
    public Grant grant() {
        return grant;
    }

    /** The request by which it is asked, or empty if there is none. */
    public Optional<AuthRequest> request() {
        return Optional.ofNullable(request);
    }
}
