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
        public String id() {
            return tenantId;
        }

        @Override
        public boolean holds(StoredToken token) {
            return token.tenantId().equals(tenantId);
        }
    }

    /**
     * All tokens whose present secret was shown to one user, whichever tenant they belong to: the tokens that the user issued and
     * nobody has regenerated since, the tokens that the user was the last to regenerate, and the successors of the user's
     * rotations.
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

    /** The id of the tenant or of the user. */
    String id();

    /** Whether the token is one of the group. */
    boolean holds(StoredToken token);
}
