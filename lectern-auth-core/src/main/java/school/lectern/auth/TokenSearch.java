package school.lectern.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenState;

/**
 * Conditions for a list of tokens, by {@link TokenOperations#list(TokenSearch, String, int)} and
 * {@link CrossTenantOperations#list}. A token is listed if it meets every condition; without a condition, every token is.
 * Immutable; each method that adds a condition returns a new search.
 *
 * <pre>{@code
 * TokenSearch.all().createdBy("ada").state(TokenState.ACTIVE).lastUsedBefore(lastYear)
 * }</pre>
 *
 * <p>A storage finds the tokens of a tenant or a creator, and tokens by their end or their last use, by an index. The other
 * conditions are checked row by row, for at most {@value #MAX_SCANNED} rows in one page. Such a page can have fewer items than
 * there are, or none, before the list ends: continue until {@link school.lectern.auth.spi.CursorPage#isLast}.
 */
public final class TokenSearch {

    static final int MAX_SCANNED = 1_000;

    /** Earlier than every stored time, and a number of milliseconds that every database can compare. */
    private static final Instant BEFORE_ALL = Instant.ofEpochMilli(Long.MIN_VALUE / 4);

    /** Later than every stored time: 10000-01-01T00:00:00Z. */
    private static final Instant AFTER_ALL = Instant.ofEpochMilli(253_402_300_800_000L);

    private static final TokenSearch ALL = new TokenSearch();

    private @Nullable String createdBy;
    private @Nullable Instant expiresBefore;
    private @Nullable Instant lastUsedBefore;
    private @Nullable Instant createdBefore;
    private @Nullable TokenState state;
    private @Nullable String name;
    private @Nullable TokenEnvironment environment;
    private @Nullable Scope scope;

    private TokenSearch() {}

    private TokenSearch(TokenSearch other) {
        this.createdBy = other.createdBy;
        this.expiresBefore = other.expiresBefore;
        this.lastUsedBefore = other.lastUsedBefore;
        this.createdBefore = other.createdBefore;
        this.state = other.state;
        this.name = other.name;
        this.environment = other.environment;
        this.scope = other.scope;
    }

    /** {@return the search for every token} */
    public static TokenSearch all() {
        return ALL;
    }

    /**
     * {@return this search, for tokens that one user created}
     *
     * @param userId the application's id of the user
     */
    public TokenSearch createdBy(String userId) {
        TokenSearch search = new TokenSearch(this);
        search.createdBy = Objects.requireNonNull(userId, "userId");
        return search;
    }

    /**
     * {@return this search, for tokens that are not revoked and end before a time, by their expiry, their grace period or the
     * configured maximum lifetime; also tokens that have ended already}
     *
     * @param time only tokens that end before this time
     */
    public TokenSearch expiresBefore(Instant time) {
        TokenSearch search = new TokenSearch(this);
        search.expiresBefore = comparable(time);
        return search;
    }

    /**
     * {@return this search, for tokens that were last used before a time} The stored time is approximate. A token that was
     * never used counts as used at its creation.
     *
     * @param time only tokens that were last used before this time
     */
    public TokenSearch lastUsedBefore(Instant time) {
        TokenSearch search = new TokenSearch(this);
        search.lastUsedBefore = comparable(time);
        return search;
    }

    /**
     * {@return this search, for tokens that were created before a time}
     *
     * @param time only tokens that were created before this time
     */
    public TokenSearch createdBefore(Instant time) {
        TokenSearch search = new TokenSearch(this);
        search.createdBefore = Objects.requireNonNull(time, "time");
        return search;
    }

    /**
     * {@return this search, for tokens in a state} A token that has reached the configured maximum lifetime is expired. Without
     * the setting {@link LecternAuthBuilder#idleTimeout}, no token is idle.
     *
     * @param value the state
     */
    public TokenSearch state(TokenState value) {
        TokenSearch search = new TokenSearch(this);
        search.state = Objects.requireNonNull(value, "state");
        return search;
    }

    /**
     * {@return this search, for tokens with a name}
     *
     * @param value the whole name, compared character by character
     */
    public TokenSearch name(String value) {
        TokenSearch search = new TokenSearch(this);
        search.name = Objects.requireNonNull(value, "name");
        return search;
    }

    /**
     * {@return this search, for tokens of an environment}
     *
     * @param value the environment
     */
    public TokenSearch environment(TokenEnvironment value) {
        TokenSearch search = new TokenSearch(this);
        search.environment = Objects.requireNonNull(value, "environment");
        return search;
    }

    /**
     * {@return this search, for tokens that have a scope, or a scope that implies it or covers it as a pattern}
     *
     * @param value the scope, such as {@code read:learners}
     * @throws IllegalArgumentException if it is not a single scope
     */
    public TokenSearch scope(String value) {
        TokenSearch search = new TokenSearch(this);
        search.scope = Scope.of(value);
        return search;
    }

    private static Instant comparable(Instant time) {
        Objects.requireNonNull(time, "time");
        if (time.isAfter(AFTER_ALL)) {
            return AFTER_ALL;
        }
        return time.isBefore(BEFORE_ALL) ? BEFORE_ALL : time;
    }

    /** {@return whether a token can meet the conditions: a database may fail on a text that is no id} */
    boolean canMatch() {
        return createdBy == null || Identifier.isValid(createdBy);
    }

    /** {@return the filter with the conditions that a storage checks} */
    TokenFilter applyTo(TokenFilter filter, @Nullable Duration maxLifetime) {
        TokenFilter next = createdBy == null ? filter : filter.createdBy(createdBy);
        next = expiresBefore == null ? next : next.endingBetween(BEFORE_ALL, expiresBefore, maxLifetime);
        return lastUsedBefore == null ? next : next.lastUsedBefore(lastUsedBefore);
    }

    /** {@return whether a condition is checked row by row} */
    boolean scans() {
        return createdBefore != null || state != null || name != null || environment != null || scope != null;
    }

    /** {@return whether a row meets the conditions that a storage does not check} */
    boolean accepts(StoredToken row, Instant now, IssuerParts parts) {
        return (createdBefore == null || row.createdAt().isBefore(createdBefore))
                && (name == null || name.equals(row.name()))
                && (environment == null || environment.equals(row.environment()))
                && (scope == null || parts.dialect().scopes().covers(row.scopes(), scope))
                && (state == null || state == parts.lifetimes().state(Token.of(row), now));
    }
}
