package school.lectern.auth;

/** What is written to the audit log of calls. Changes to tokens are always written, with the change itself. */
public enum CallRecording {
    /** Nothing. */
    NONE,
    /** Every call, off the request's path: a full buffer or a crash loses rows, and the log counts the ones it dropped. */
    BUFFERED,
    /** Every call with a proven token, before its handler runs: where the row cannot be written, the call is refused. */
    DURABLE
}
