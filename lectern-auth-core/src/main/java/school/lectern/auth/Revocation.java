package school.lectern.auth;

/** What a revocation did. */
public enum Revocation {
    /** The token is revoked now. */
    REVOKED,
    /** The token had been revoked before; its first revocation counts. */
    ALREADY_REVOKED
}
