package school.lectern.auth.audit;

/**
 * Determines whether and how calls are written to the audit log. Changes to tokens are always written, together with the
 * change itself.
 */
public enum AuditMode {
    /** No calls are written. Old rows are not deleted either. */
    OFF,
    /**
     * All calls are written; refused calls within the limits of the {@link AuditBudget}. Rows are written asynchronously, so
     * no request waits for them. A full buffer or a crash loses rows; the audit log counts the rows that it dropped.
     */
    BUFFERED,
    /**
     * As {@link #BUFFERED}, but the row of a call with a verified token is written before the decision returns. If it cannot
     * be written, the call is refused and its handler does not run. The counts of refused calls beyond the budget are written
     * asynchronously.
     */
    DURABLE
}
