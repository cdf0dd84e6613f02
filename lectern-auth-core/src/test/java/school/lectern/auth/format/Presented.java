package school.lectern.auth.format;

/** Presented tokens for tests outside the package, with any characters. */
public final class Presented {

    private Presented() {}

    /** As {@link TokenFormat#parse} would return one. */
    public static PresentedToken token(String secret, String publicKey, int visible) {
        return new PresentedToken(Secret.of(secret), publicKey, null, visible);
    }
}
