package school.lectern.auth.dialect;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.scope.ScopeSet;

/**
 * An error as a dialect shows it to a client: the input of the function that writes error bodies. It contains nothing that a
 * request sent. Immutable.
 */
public final class ErrorView {

    private final Kind kind;
    private final ErrorMapping mapping;
    private final String message;
    private final String requestId;
    private final List<FieldError> fieldErrors;
    private final Scopes scopes;
    private final @Nullable Wait wait;

    /**
     * The scopes of an error.
     *
     * @param needed the scopes that the request needs
     * @param held the scopes of the token
     */
    record Scopes(ScopeSet needed, ScopeSet held) {
        static final Scopes NONE = new Scopes(ScopeSet.none(), ScopeSet.none());
    }

    /**
     * The time until a retry.
     *
     * @param exact the time as it was measured
     * @param whole the time in whole seconds, rounded up, at least one
     */
    record Wait(Duration exact, Duration whole) {}

    ErrorView(
            Kind kind,
            ErrorMapping mapping,
            String message,
            String requestId,
            List<FieldError> fieldErrors,
            Scopes scopes,
            @Nullable Wait wait) {
        this.kind = kind;
        this.mapping = mapping;
        this.message = message;
        this.requestId = requestId;
        this.fieldErrors = List.copyOf(fieldErrors);
        this.scopes = scopes;
        this.wait = wait;
    }

    /**
     * {@return the kind of error} Later versions of the library may add kinds, so a {@code switch} over them needs a default.
     */
    public Kind kind() {
        return kind;
    }

    /** {@return the category of the kind} */
    public Category category() {
        return kind.category();
    }

    /** {@return the HTTP status of the response: from 400 to 599, or 200 if the dialect has that status for the kind} */
    public int status() {
        return mapping.status();
    }

    /** {@return the dialect's machine-readable code for the error, or empty if the dialect has none for it} */
    public Optional<String> code() {
        return mapping.code().isEmpty() ? Optional.empty() : Optional.of(mapping.code());
    }

    /** {@return the dialect's second machine-readable text for the error, or empty if the dialect has none for it} */
    public Optional<String> type() {
        return mapping.type();
    }

    /** {@return the dialect's code for the error that is a number, or empty if the dialect has none for it} */
    public OptionalLong number() {
        return mapping.number();
    }

    /** {@return the dialect's message for people, with its placeholders replaced} */
    public String message() {
        return message;
    }

    /** {@return the id of the request, which the response also has in the header of {@link DialectBuilder#requestIdHeader}} */
    public String requestId() {
        return requestId;
    }

    /** {@return the invalid fields of the request, in their order; empty for most errors} */
    public List<FieldError> fieldErrors() {
        return fieldErrors;
    }

    /**
     * {@return the scopes that the request needs; empty unless the kind is {@link Kind#INSUFFICIENT_SCOPE}} Empty also if the
     * dialect answers that kind like {@link Kind#NOT_FOUND} or {@link Kind#UNKNOWN_TOKEN}, so that the body cannot reveal what
     * its status hides.
     */
    public ScopeSet neededScopes() {
        return scopes.needed();
    }

    /** {@return the scopes of the token that was presented; empty where {@link #neededScopes()} is} */
    public ScopeSet heldScopes() {
        return scopes.held();
    }

    /**
     * {@return how long the client must wait before it retries, in whole seconds and at least one: the value of the
     * response's {@code Retry-After} header; empty if the response has no such header}
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(wait).map(Wait::whole);
    }

    /**
     * {@return how long the client must wait before it retries, in milliseconds and not rounded to seconds; empty if {@link
     * #retryAfter()} is} If the exact time is not known, it is that of {@link #retryAfter()}.
     *
     * <pre>{@code
     * body.put("retry_after", wait.toMillis() / 1000.0)
     * }</pre>
     */
    public Optional<Duration> exactRetryAfter() {
        return Optional.ofNullable(wait).map(Wait::exact);
    }
}
