package school.lectern.auth.spi;

import school.lectern.auth.token.StoredToken;

/** Tokens that are revoked together. */
public sealed interface TokenGroup {

    /**
     * All tokens of a tenant.
     *
     * @param tenantId the tenant
     */
    record OfTenant(String tenantId) implements TokenGroup {
        @Override
        public String id() {
            return tenantId;
        }

        @Override
        public boolean holds(StoredToken token) {
            return token.tenantId().equals(tenantId);
        }
    }

    /**
     * All tokens whose present secret was shown to one user, in any tenant: the tokens that the user issued and that were not
     * regenerated since, the tokens that the user was the last to regenerate, and the successors of the user's rotations.
     *
     * @param userId the application's id of the user
     */
    record OfUser(String userId) implements TokenGroup {
        @Override
        public String id() {
            return userId;
        }

        @Override
        public boolean holds(StoredToken token) {
            return userId.equals(token.secretShownTo());
        }
    }

    /** {@return the id of the tenant or of the user} */
    String id();

    /**
     * {@return whether a token belongs to the group}
     *
     * @param token the token
     */
    boolean holds(StoredToken token);
}
