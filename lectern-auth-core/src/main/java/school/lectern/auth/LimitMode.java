package school.lectern.auth;

/** Where the permits of rate limits are counted. In every mode, a limit never admits more than it says where it is counted. */
public enum LimitMode {
    /** In the memory of each process: exact for the process, and no call to the storage. */
    LOCAL,
    /**
     * In the storage, for all processes together. Each process takes some permits of a fixed window ahead, so that few requests
     * call the storage; near a window's last permits, one process may refuse while another one has some left. The default.
     */
    SHARED,
    /** In the storage, for all processes together, with a call to the storage for each limited request. */
    EXACT
}
