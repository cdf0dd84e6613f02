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

    /**
     * All tokens of one line of rotations: the first token and its successors.
     *
     * @param tenantId the tenant that the line belongs to
     * @param lineId the {@link StoredToken#lineId} of the tokens
     */
    record OfLine(String tenantId, String lineId) implements TokenGroup {
        @Override
        public String id() {
            return lineId;
        }

        @Override
        public boolean holds(StoredToken token) {
            return token.lineId().equals(lineId);
        }
    }

    /** {@return the id of the tenant, of the user or of the line} */
    String id();

    /**
     * {@return whether a token belongs to the group}
     *
     * @param token the token
     */
    boolean holds(StoredToken token);
}
