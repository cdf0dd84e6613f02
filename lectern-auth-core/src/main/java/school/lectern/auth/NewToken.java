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
 * <p>By default, the token is for the live environment, is of the dialect's first format, never expires, may be used from any
 * address, has no scopes, and has the limits of the dialect.
 */
public final class NewToken extends TokenSettings<NewToken> {

    private @Nullable TokenEnvironment environment;
    private @Nullable String format;
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
     * Sets the environment that the token belongs to. Default: {@link TokenEnvironment#LIVE} or, if the dialect has no such
     * environment, the dialect's first.
     *
     * @param value one of the dialect's environments
     * @return this token
     */
    @CanIgnoreReturnValue
    public NewToken environment(TokenEnvironment value) {
        this.environment = Objects.requireNonNull(value, "environment");
        return this;
    }

    /**
     * Sets the format of the token and of its successors. Default: the dialect's first format that has the prefix, and tokens
     * of the environment.
     *
     * @param name the name of one of the dialect's formats
     * @return this token
     */
    @CanIgnoreReturnValue
    public NewToken format(String name) {
        this.format = Objects.requireNonNull(name, "format");
        return this;
    }

    /**
     * Sets the prefix of the token and of its successors. Default: the first prefix that the token's format has for the
     * environment.
     *
     * @param value a prefix that one of the dialect's formats has for the environment
     * @return this token
     */
    @CanIgnoreReturnValue
    public NewToken prefix(String value) {
        this.prefix = Objects.requireNonNull(value, "prefix");
        return this;
    }

    Optional<TokenEnvironment> environment() {
        return Optional.ofNullable(environment);
    }

    Optional<String> format() {
        return Optional.ofNullable(format);
    }

    Optional<String> prefix() {
        return Optional.ofNullable(prefix);
    }
}
