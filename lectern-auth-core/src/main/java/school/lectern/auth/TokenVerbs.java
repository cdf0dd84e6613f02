package school.lectern.auth;

/**
 * The operations that change tokens and tenants, and the wait that follows a change.
 *
 * @param parts the configuration, stores and services that all of them use
 */
record TokenVerbs(
        IssuerParts parts,
        TokenCreation creation,
        TokenImporter importer,
        TokenChange change,
        TokenRevocation revocation,
        TenantChange tenant,
        PropagationWait propagation) {

    static TokenVerbs of(IssuerParts parts, PropagationWait propagation) {
        return new TokenVerbs(
                parts,
                new TokenCreation(parts),
                new TokenImporter(parts),
                new TokenChange(parts),
                new TokenRevocation(parts),
                new TenantChange(parts),
                propagation);
    }
}
