package school.lectern.auth.token;

/**
 * The state of a token, without the state of its tenant. A token has exactly one: the first in the order of evaluation. Later
 * versions may add states: a {@code switch} over them needs a default.
 */
public enum TokenState {
    /** The token is revoked. */
    REVOKED,
    /** The token is disabled. */
    DISABLED,
    /** The token is not valid yet. */
    NOT_YET_VALID,
    /** The token is expired, or its grace period after a rotation has ended. */
    EXPIRED,
    /** The token was not used for longer than the configured time. Stored fields alone never show this state. */
    IDLE,
    /** The token is none of the others. */
    ACTIVE
}
