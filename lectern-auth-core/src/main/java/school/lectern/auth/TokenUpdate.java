package school.lectern.auth;

/**
 * A change to the settings of a token, by {@link TokenOperations#update}. A setting that is not set does not change. A builder;
 * not thread-safe.
 *
 * <pre>{@code
 * new TokenUpdate().name("CI").scopes("read:learners").neverExpires()
 * }</pre>
 */
public final class TokenUpdate extends TokenSettings<TokenUpdate> {

    /** Creates an update that changes nothing yet. */
    public TokenUpdate() {}
}
