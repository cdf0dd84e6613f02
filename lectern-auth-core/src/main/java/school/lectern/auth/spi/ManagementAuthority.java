package school.lectern.auth.spi;

import java.util.Objects;
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

    /** Somebody who is known. */
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
         * {@return the caller with these rights}
         *
         * @param userId the application's id of the user
         * @param may whether the user has the permission in the tenant with the given id
         * @param grant the most that the user may give to a token
         */
        public static Caller of(String userId, BiPredicate<String, Permission> may, Grant grant) {
            return new Caller(userId, may, grant);
        }

        /** {@return the application's id of the user} */
        public String userId() {
            return userId;
        }

        /** {@return whether the user has the permission in the tenant with the given id} */
        public BiPredicate<String, Permission> may() {
            return may;
        }

        /** {@return the most that the user may give to a token} */
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
