package school.lectern.auth.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.format.UrlEncoding;

/**
 * The query of a request, parsed strictly from the text that was sent. Form fields in the body are not part of it. A parameter
 * that the operation does not have, or that occurs twice, is an error, since ignoring it could change the meaning of the
 * request.
 */
final class QueryParameters {

    private final Map<String, String> values = new HashMap<>();
    private final List<FieldError> errors = new ArrayList<>();

    private QueryParameters() {}

    /**
     * Reads the query of a request.
     *
     * @param query the query as sent, or null if the request has none
     * @param known the names of the operation's parameters
     */
    static QueryParameters of(@Nullable String query, Set<String> known) {
        QueryParameters parameters = new QueryParameters();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (!pair.isEmpty()) {
                    parameters.add(pair, known);
                }
            }
        }
        return parameters;
    }

    private void add(String pair, Set<String> known) {
        int equals = pair.indexOf('=');
        String name = UrlEncoding.decode(equals < 0 ? pair : pair.substring(0, equals));
        String value = UrlEncoding.decode(equals < 0 ? "" : pair.substring(equals + 1));
        if (name == null || value == null) {
            errors.add(new FieldError("query", "must be percent-encoded UTF-8"));
        } else if (!known.contains(name)) {
            errors.add(
                    new FieldError(TokenRequestBody.plainName(name, "query"), "is not a parameter of this operation"));
        } else if (values.put(name, value) != null) {
            errors.add(new FieldError(name, "must not be repeated"));
        }
    }

    /** Returns the error of the query, or empty. */
    Optional<AuthError> error() {
        return errors.isEmpty() ? Optional.empty() : Optional.of(AuthError.invalid(errors));
    }

    /** Returns the value of a parameter, decoded, or null if the query does not have it. */
    @Nullable
    String get(String name) {
        return values.get(name);
    }
}
