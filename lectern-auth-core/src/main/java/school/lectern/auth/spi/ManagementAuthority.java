package school.lectern.auth.spi;

import java.util.Optional;
import java.util.function.BiPredicate;
import school.lectern.auth.decision.AuthRequest;

/**
 * Knows who manages tokens: the application's own users, by its own session or key. API tokens never do. Safe for use by
 * many threads; may block.
 *
 * <p>Where it knows them by a cookie, the application has to guard these routes against requests that another site has its
 * users' browsers send (CSRF, OWASP), as it guards its own.
 */
@FunctionalInterface
public interface ManagementAuthority {

    /** The caller whom the request proves to be, or empty if it proves nobody. */
    Optional<Caller> identify(AuthRequest request);

    /** What somebody may do with tokens. */
    enum Permission {
        /** Make new ones: {@code roles.action_create}. */
        CREATE,
        /** List and get them, and read the audit: {@code roles.action_read}. */
        READ,
        /** Update, regenerate and rotate them: {@code roles.action_update}. */
        UPDATE,
        /** Revoke them: {@code roles.action_delete}. */
        DELETE
    }

    /**
     * Somebody who is known.
     *
     * @param userId the application's id of the user
     * @param may whether the user has the permission in the tenant of that id
     * @param grant the most that the user may give to a token
     */
    record Caller(String userId, BiPredicate<String, Permission> may, Grant grant) {}
}
