package school.lectern.auth.audit;

/** What is written to the audit log of calls. Changes to tokens are always written, with the change itself. */
public enum AuditMode {
    /** Nothing. No old row is deleted either. */
    OFF,
    /**
     * Every call, refused ones within their {@link AuditBudget}, off the request's path: a full buffer or a
     * crash loses rows, and the log counts the ones it dropped.
     */
    BUFFERED,
    /**
     * As {@link #BUFFERED}, but the row of a call with a proven token is written before the decision returns: if it cannot be, the
     * call is refused and its handler does not run. Refused calls beyond the budget are counted off the request's path.
     */
    DURABLE
}
