package school.lectern.auth;

/** The result of a revocation. */
public enum Revocation {
    /** The call revoked the token. */
    REVOKED,
    /** The token had been revoked before; its first revocation counts. */
    ALREADY_REVOKED
}
