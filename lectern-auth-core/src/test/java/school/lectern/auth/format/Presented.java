package school.lectern.auth.format;

/** Creates presented tokens with any characters, for tests outside the package. */
public final class Presented {

    private Presented() {}

    /** Returns a token as {@link TokenFormat#parse} would return it. */
    public static PresentedToken token(String secret, String publicKey, int visible) {
        return new PresentedToken(Secret.of(secret), Secret.of(secret), publicKey, null, visible);
    }
}
