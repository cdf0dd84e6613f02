package school.lectern.auth.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import school.lectern.auth.TokenSearch;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.token.TokenState;

/** The conditions in the query of a list of tokens. */
final class ListQuery {

    private static final String TIME = "must be an RFC 3339 timestamp with an offset";

    private static final Set<String> CONDITIONS = Set.of(
            "state",
            "created_by",
            "name",
            "environment",
            "scope",
            "expires_before",
            "last_used_before",
            "created_before");

    /** The names of all parameters of a list. */
    static final Set<String> PARAMETERS;

    static {
        Set<String> all = new TreeSet<>(CONDITIONS);
        all.addAll(Set.of("limit", "cursor"));
        PARAMETERS = Set.copyOf(all);
    }

    private final QueryParameters query;
    private final List<FieldError> errors = new ArrayList<>();
    private TokenSearch search = TokenSearch.all();

    ListQuery(QueryParameters query) {
        this.query = query;
        read(
                "state",
                "must be active, expired, not_yet_valid, disabled or revoked",
                (given, text) -> given.state(state(text)));
        read("created_by", "must be a user's id", TokenSearch::createdBy);
        read("name", "must be a name", TokenSearch::name);
        read(
                "environment",
                "must be the name of an environment",
                (given, text) -> given.environment(TokenEnvironment.of(text)));
        read("scope", "must be one scope, such as read:learners", TokenSearch::scope);
        read("expires_before", TIME, (given, text) -> given.expiresBefore(time(text)));
        read("last_used_before", TIME, (given, text) -> given.lastUsedBefore(time(text)));
        read("created_before", TIME, (given, text) -> given.createdBefore(time(text)));
    }

    private static TokenState state(String text) {
        return Stream.of(TokenState.values())
                .filter(state -> state.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("not a state"));
    }

    private static Instant time(String text) {
        return Timestamps.parse(text).orElseThrow(() -> new IllegalArgumentException("not a timestamp"));
    }

    private void read(String name, String rule, BiFunction<TokenSearch, String, TokenSearch> condition) {
        String text = query.get(name);
        if (text == null) {
            return;
        }
        try {
            search = condition.apply(search, text);
        } catch (IllegalArgumentException unreadable) {
            errors.add(new FieldError(name, rule));
        }
    }

    /** Returns the error of the conditions, or empty. */
    Optional<AuthError> error() {
        return errors.isEmpty() ? Optional.empty() : Optional.of(AuthError.invalid(errors));
    }

    /** Returns whether the list has conditions. */
    boolean hasConditions() {
        return CONDITIONS.stream().anyMatch(name -> query.get(name) != null);
    }

    TokenSearch search() {
        return search;
    }

    /** Returns the conditions as a query that starts with an ampersand, for the link to the next page. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (String name : new TreeSet<>(CONDITIONS)) {
            String value = query.get(name);
            if (value != null) {
                text.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }
}
