package school.lectern.auth.spi;

import school.lectern.auth.token.StoredToken;

/** Tokens that are ended together. */
public sealed interface TokenGroup {

    /**
     * All tokens of a tenant.
     *
     * @param tenantId the tenant
     */
    record OfTenant(String tenantId) implements TokenGroup {
        @Override
        public boolean holds(StoredToken token) {
            return token.tenantId().equals(tenantId);
        }
    }

    /**
     * All tokens that one user made, whichever tenant they belong to.
     *
     * @param userId the application's id of the user
     */
    record OfCreator(String userId) implements TokenGroup {
        @Override
        public boolean holds(StoredToken token) {
            return userId.equals(token.createdBy());
        }
    }

    /** Whether the token is one of the group. */
    boolean holds(StoredToken token);
}
