package school.lectern.auth;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.TokenEnvironment;

/**
 * A token to be issued, by {@link TokenOperations#issue}. A builder; not thread-safe.
 *
 * <pre>{@code
 * NewToken.named("CI").scopes("read:learners", "write:learners").environment(TokenEnvironment.TEST)
 * }</pre>
 *
 * <p>By default, the token is for the live environment, never expires, may be used from any address, has no scopes, and has the
 * limits of the dialect.
 */
public final class NewToken extends TokenSettings<NewToken> {

    private TokenEnvironment environment = TokenEnvironment.LIVE;
    private @Nullable String prefix;

    private NewToken() {}

    /**
     * Starts the settings of a new token with its name.
     *
     * @param name 1 to 100 characters; a dialect may require that it is unique among the tenant's tokens
     * @return the token to be issued, to which settings can be added
     */
    public static NewToken named(String name) {
        return new NewToken().name(name);
    }

    /**
     * Sets the environment that the token belongs to. Default: {@link TokenEnvironment#LIVE}.
     *
     * @param value the environment
     * @return this token
     */
    @CanIgnoreReturnValue
    public NewToken environment(TokenEnvironment value) {
        this.environment = Objects.requireNonNull(value, "environment");
        return this;
    }

    /**
     * Sets the prefix of the token and of its successors. Default: the first prefix that the dialect's format has for the
     * environment.
     *
     * @param value a prefix that the dialect's format has for the environment
     * @return this token
     */
    @CanIgnoreReturnValue
    public NewToken prefix(String value) {
        this.prefix = Objects.requireNonNull(value, "prefix");
        return this;
    }

    TokenEnvironment environment() {
        return environment;
    }

    Optional<String> prefix() {
        return Optional.ofNullable(prefix);
    }
}
