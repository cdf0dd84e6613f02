package school.lectern.auth.dialect;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;

/**
 * An error as a dialect shows it to a client: the input of the function that writes error bodies. It holds nothing that a
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

    /** Returns the kind of error. Later versions of the library add kinds: a {@code switch} over them needs a default. */
    public Kind kind() {
        return kind;
    }

    /** Returns the category of the kind. */
    public Category category() {
        return kind.category();
    }

    /** Returns the HTTP status of the response. */
    public int status() {
        return mapping.status();
    }

    /** Returns the dialect's machine-readable code for the error, or empty if the dialect has none for it. */
    public Optional<String> code() {
        return mapping.code().isEmpty() ? Optional.empty() : Optional.of(mapping.code());
    }

    /** Returns the dialect's message for people, with its placeholders filled in. */
    public String message() {
        return message;
    }

    /** Returns the id of the request, which the {@code X-Request-Id} header of the response also carries. */
    public String requestId() {
        return requestId;
    }

    /** Returns the invalid fields of the request, in their order; empty for most errors. */
    public List<FieldError> fieldErrors() {
        return fieldErrors;
    }

    /**
     * Returns how long the client must wait before it retries, in whole seconds and at least one: the value of the response's
     * {@code Retry-After} header. Empty if the response has no such header.
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
