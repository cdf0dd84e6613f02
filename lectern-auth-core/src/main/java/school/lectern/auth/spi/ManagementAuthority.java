package school.lectern.auth.spi;

import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import school.lectern.auth.decision.AuthRequest;

/**
 * Identifies the users who manage tokens: the application's own users, by its own session or key, and never by an API token.
 * Safe for use by many threads; may block.
 *
 * <p>If a cookie identifies them, the application must protect these routes against requests that another site causes its
 * users' browsers to send (CSRF, OWASP), as it protects its own routes.
 */
@FunctionalInterface
public interface ManagementAuthority {

    /**
     * {@return the caller that the request authenticates, or empty if it authenticates none}
     *
     * @param request the request with its headers
     */
    Optional<Caller> identify(AuthRequest request);

    /** The permissions to manage tokens. */
    enum Permission {
        /** Create tokens: {@code roles.action_create}. */
        CREATE,
        /** List and get tokens, and read the audit log: {@code roles.action_read}. */
        READ,
        /** Update, regenerate and rotate tokens: {@code roles.action_update}. */
        UPDATE,
        /** Revoke tokens: {@code roles.action_delete}. */
        DELETE
    }

    /** An authenticated user. */
    final class Caller {

        private final String userId;
        private final BiPredicate<String, Permission> may;
        private final Grant grant;

        private Caller(String userId, BiPredicate<String, Permission> may, Grant grant) {
            this.userId = userId;
            this.may = may;
            this.grant = grant;
        }

        /**
         * {@return the caller with these permissions}
         *
         * @param userId the application's id of the user
         * @param may whether the user has the permission in the tenant with the given id
         * @param grant the most that the user may grant to a token
         */
        public static Caller of(String userId, BiPredicate<String, Permission> may, Grant grant) {
            return new Caller(
                    Objects.requireNonNull(userId, "userId"),
                    Objects.requireNonNull(may, "may"),
                    Objects.requireNonNull(grant, "grant"));
        }

        /** {@return the application's id of the user} */
        public String userId() {
            return userId;
        }

        /** {@return whether the user has the permission in the tenant with the given id} */
        public BiPredicate<String, Permission> may() {
            return may;
        }

        /** {@return the most that the user may grant to a token} */
        public Grant grant() {
            return grant;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Caller that
                    && userId.equals(that.userId)
                    && may.equals(that.may)
                    && grant.equals(that.grant);
        }

        @Override
        public int hashCode() {
            return Objects.hash(userId, may, grant);
        }

        @Override
        public String toString() {
            return "Caller[userId=" + userId + ", may=" + may + ", grant=" + grant + "]";
        }
    }
}
