package school.lectern.auth;

/**
 * A change to the settings of a token, by {@link TokenOperations#update}. What is not set stays as it is. A builder; not for use by
 * several threads at once.
 *
 * <pre>{@code
 * new TokenUpdate().name("CI").scopes("read:learners").neverExpires()
 * }</pre>
 */
public final class TokenUpdate extends TokenSettings<TokenUpdate> {

    /** Creates an update that changes nothing yet. */
    public TokenUpdate() {}
}
