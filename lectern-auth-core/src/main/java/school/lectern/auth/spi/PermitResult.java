package school.lectern.auth.spi;

/**
 * The result of a request for a permit of a rate limit. Later versions may add constants: a {@code switch} over them needs a
 * default.
 */
public enum PermitResult {
    /** The permit was taken. */
    GRANTED("granted"),
    /** No permit was left. */
    REFUSED("refused"),
    /** The limit store failed. The request is a server error, or goes on without a permit if the limit fails open. */
    UNCOUNTED("uncounted");

    private final String code;

    PermitResult(String code) {
        this.code = code;
    }

    /** {@return the text that represents the result in exported data} It never changes, even if the constant is renamed. */
    public String code() {
        return code;
    }
}
