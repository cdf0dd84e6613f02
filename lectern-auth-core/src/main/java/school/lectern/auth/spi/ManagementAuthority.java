package school.lectern.auth.spi;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.Secret;

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

    /**
     * {@return an authority with one administrator, {@code admin}, with every permission in every tenant} For an application
     * whose users do not manage tokens themselves. The key is compared in constant time.
     *
     * @param header the name of the header that contains the key and nothing else
     * @param key the administrator's key, of at least 32 random characters
     * @throws IllegalArgumentException if the key is shorter
     */
    static ManagementAuthority ofKey(String header, Secret key) {
        Objects.requireNonNull(header, "header");
        if (key.length() < 32) {
            throw new IllegalArgumentException(
                    "key must have at least 32 random characters, such as the output of \"openssl rand -hex 24\"");
        }
        Caller administrator = Caller.of("admin", (tenant, permission) -> true, Grant.everything());
        return request -> {
            List<String> sent = request.header(header);
            return sent.size() == 1 && Secret.of(sent.get(0)).equals(key)
                    ? Optional.of(administrator)
                    : Optional.empty();
        };
    }

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
