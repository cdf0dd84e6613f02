package school.lectern.auth;

/**
 * Where the permits of rate limits are counted. In every mode, a limit never admits more than its number of permits at the
 * place where it is counted.
 */
public enum LimitMode {
    /** In the memory of each process: exact for the process, and without a call to the storage. */
    LOCAL,
    /**
     * In the storage, for all processes together. Each process takes some permits of a fixed window in advance, so that few
     * requests call the storage. Near the last permits of a window, one process may refuse a request while another process has
     * permits left. The default.
     */
    SHARED,
    /** In the storage, for all processes together, with a call to the storage for each limited request. */
    EXACT
}
