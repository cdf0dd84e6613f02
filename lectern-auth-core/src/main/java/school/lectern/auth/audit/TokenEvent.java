package school.lectern.auth.audit;

/**
 * The kinds of changes to a token, as audit rows and metrics contain them. Later versions may add kinds: a {@code switch} over
 * them needs a default.
 */
public enum TokenEvent {
    /** A token was issued, by itself or as the successor of a rotated token. */
    ISSUED("token.issued"),
    /** A token of another system was stored. */
    IMPORTED("token.imported"),
    /** The settings of a token were changed. */
    UPDATED("token.updated"),
    /** A token got a new secret. */
    REGENERATED("token.regenerated"),
    /** A token got a successor. The successor is {@link #ISSUED}. */
    ROTATED("token.rotated"),
    /** A token was disabled. */
    DISABLED("token.disabled"),
    /** A disabled token was enabled again. */
    ENABLED("token.enabled"),
    /** A token was revoked, by itself or with others. */
    REVOKED("token.revoked"),
    /** The hash of an imported token was replaced with a hash of the current algorithm. */
    REHASHED("token.rehashed");

    private final String code;

    TokenEvent(String code) {
        this.code = code;
    }

    /** {@return the {@link AuditEvent#event} of such a change} It never changes, even if the constant is renamed. */
    public String code() {
        return code;
    }
}
