package school.lectern.auth.dialect;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;

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
    private final @Nullable Duration retryAfter;

    ErrorView(
            Kind kind,
            ErrorMapping mapping,
            String message,
            String requestId,
            List<FieldError> fieldErrors,
            @Nullable Duration retryAfter) {
        this.kind = kind;
        this.mapping = mapping;
        this.message = message;
        this.requestId = requestId;
        this.fieldErrors = List.copyOf(fieldErrors);
        this.retryAfter = retryAfter;
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

    /** {@return the HTTP status of the response} */
    public int status() {
        return mapping.status();
    }

    /** {@return the dialect's machine-readable code for the error, or empty if the dialect has none for it} */
    public Optional<String> code() {
        return mapping.code().isEmpty() ? Optional.empty() : Optional.of(mapping.code());
    }

    /** {@return the dialect's message for people, with its placeholders replaced} */
    public String message() {
        return message;
    }

    /** {@return the id of the request, which the {@code X-Request-Id} header of the response also contains} */
    public String requestId() {
        return requestId;
    }

    /** {@return the invalid fields of the request, in their order; empty for most errors} */
    public List<FieldError> fieldErrors() {
        return fieldErrors;
    }

    /**
     * {@return how long the client must wait before it retries, in whole seconds and at least one: the value of the
     * response's {@code Retry-After} header; empty if the response has no such header}
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
