package school.lectern.auth.dialect;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;

/** Renders a dialect's errors: the status, the headers and the body. Safe for use by many threads. */
final class ErrorRenderer {

    private static final Logger log = LoggerFactory.getLogger(ErrorRenderer.class);

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int SERVICE_UNAVAILABLE = 503;

    private static final String PENDING =
            "The change was made, but it is pending that it holds everywhere: {reason}. Send the request again.";

    private static final ErrorView.Scopes SAMPLE_SCOPES =
            new ErrorView.Scopes(ScopeSet.of(Scope.of("write:sample")), ScopeSet.of(Scope.of("read:sample")));

    private final String dialect;
    private final Challenge challenge;
    private final String requestIdHeader;

    /** The mapping of every kind: its own mapping, or else the mapping of its category. */
    private final Map<Kind, ErrorMapping> mappings;

    private final String mediaType;
    private final Function<ErrorView, ErrorBody> errorBody;

    /** The kinds for which a failure of the {@code errorBody} function was logged. */
    private final Set<Kind> reported = ConcurrentHashMap.newKeySet();

    /**
     * @param dialect the dialect's name
     * @param errors the mappings by kind; the kind that represents each category needs a mapping
     * @throws IllegalArgumentException if a required mapping is missing
     */
    ErrorRenderer(
            String dialect,
            Challenge challenge,
            String requestIdHeader,
            Map<Kind, ErrorMapping> errors,
            String mediaType,
            Function<ErrorView, ErrorBody> errorBody) {
        this.dialect = dialect;
        this.challenge = challenge;
        this.requestIdHeader = requestIdHeader;
        this.mappings = complete(dialect, errors);
        this.mediaType = mediaType;
        this.errorBody = errorBody;
    }

    private static Map<Kind, ErrorMapping> complete(String dialect, Map<Kind, ErrorMapping> errors) {
        List<Kind> missing = Stream.of(Category.values())
                .map(Category::representative)
                .filter(kind -> !errors.containsKey(kind))
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "error must be called for " + missing + ", which dialect " + dialect + " needs");
        }
        Map<Kind, ErrorMapping> complete = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            ErrorMapping usual =
                    Objects.requireNonNull(errors.get(kind.category().representative()));
            complete.put(kind, kind == Kind.PENDING ? pending(usual) : usual);
        }
        complete.putAll(errors);
        return complete;
    }

    /**
     * {@return the mapping for a pending change, unless the dialect has one: the status and code of an outage, with the
     * reason in the message}
     */
    private static ErrorMapping pending(ErrorMapping unavailable) {
        return unavailable.message(PENDING);
    }

    int status(Kind kind) {
        return mapping(kind).status();
    }

    /**
     * {@return whether the error hides that a resource exists: it belongs to a token that must not do something, and its
     * response is that of a resource that does not exist} The headers are then also those of such a response.
     */
    boolean hidesExistence(Kind kind) {
        ErrorMapping own = mapping(kind);
        ErrorMapping missing = mapping(Kind.NOT_FOUND);
        return kind.category() == Category.FORBIDDEN
                && own.status() == missing.status()
                && (own.status() == NOT_FOUND || own.equals(missing));
    }

    /** {@return whether the response must not depend on anything that only a verified token has} */
    boolean hidesToken(Kind kind) {
        return kind.category() == Category.CREDENTIAL || status(kind) == UNAUTHORIZED || isThatOfUnknown(kind);
    }

    private boolean isThatOfUnknown(Kind kind) {
        return mapping(kind).equals(mapping(Kind.UNKNOWN_TOKEN));
    }

    private ErrorMapping mapping(Kind kind) {
        return Objects.requireNonNull(mappings.get(kind));
    }

    RenderedError render(AuthError error, String requestId) {
        ErrorView view = view(error, requestId);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(requestIdHeader, requestId);
        headers.put("Cache-Control", "no-store");
        challenge
                .of(error, view.status(), revealsScopes(view.status()))
                .ifPresent(value -> headers.put("WWW-Authenticate", value));
        view.retryAfter().ifPresent(wait -> headers.put("Retry-After", Long.toString(wait.toSeconds())));
        // Otherwise the header would reveal a path that the status denies.
        if (view.status() == METHOD_NOT_ALLOWED && !error.allowedMethods().isEmpty()) {
            headers.put("Allow", String.join(", ", error.allowedMethods()));
        }
        return RenderedError.of(view.status(), headers, mediaType, body(view));
    }

    private ErrorView view(AuthError error, String requestId) {
        ErrorMapping mapping = mapping(error.kind());
        Duration wait = wholeSeconds(error.retryAfter().orElse(Duration.ZERO));
        ErrorView.Scopes scopes = scopes(error);
        boolean announced = error.retryAfter().isPresent() || mapping.status() == SERVICE_UNAVAILABLE;
        String message = message(
                mapping.message(),
                error.fields(),
                error.reason().orElse(""),
                scopes.needed().isEmpty() ? List.of() : error.lacking().scopes(),
                wait);
        return new ErrorView(
                error.kind(),
                mapping,
                message,
                requestId,
                error.fields(),
                scopes,
                announced ? new ErrorView.Wait(error.retryAfter().orElse(wait), wait) : null);
    }

    private ErrorView.Scopes scopes(AuthError error) {
        return error.needed().isEmpty() || hidesExistence(error.kind()) || isThatOfUnknown(error.kind())
                ? ErrorView.Scopes.NONE
                : new ErrorView.Scopes(error.needed(), error.held());
    }

    /** Rounds up to whole seconds, at least one (RFC 9110, section 10.2.3). */
    private static Duration wholeSeconds(Duration wait) {
        return Duration.ofSeconds(Math.max(1, wait.plusNanos(999_999_999).toSeconds()));
    }

    private static String message(
            String template, List<FieldError> fields, String reason, List<Scope> lacking, Duration wait) {
        if (template.indexOf('{') < 0) {
            return template;
        }
        return template.replace("{field}", fields.isEmpty() ? "" : fields.get(0).field())
                .replace("{reason}", reason)
                .replace("{action}", lacking.isEmpty() ? "" : lacking.get(0).action())
                .replace("{resource}", lacking.isEmpty() ? "" : lacking.get(0).resource())
                .replace("{seconds}", Long.toString(wait.toSeconds()));
    }

    /** {@return whether the response to a missing scope is one about the token, and not that of another error} */
    private boolean revealsScopes(int status) {
        boolean isAboutTheToken = status == UNAUTHORIZED || status == FORBIDDEN;
        return isAboutTheToken && !mapping(Kind.INSUFFICIENT_SCOPE).equals(mapping(Kind.UNKNOWN_TOKEN));
    }

    /**
     * {@return the body that the function returns or, if the function fails, a fixed body, so that a refused client still
     * gets the status and the code}
     */
    private String body(ErrorView view) {
        try {
            @Nullable ErrorBody body = errorBody.apply(view);
            if (body != null) {
                return body.toString();
            }
            report(view, new IllegalStateException("the errorBody function returned null"));
        } catch (Throwable failed) {
            report(view, failed);
        }
        return ErrorBody.object()
                .put("error", view.code().orElse(Integer.toString(view.status())))
                .toString();
    }

    /** Logs only the first failure for each kind, because the function may fail for every refused request. */
    private void report(ErrorView view, Throwable failed) {
        if (reported.add(view.kind())) {
            log.atError()
                    .setCause(RedactedFailure.of(failed))
                    .log(
                            "errorBody of dialect {} failed for {}, request {}; the response has the fixed body."
                                    + " Later failures for this kind are not logged",
                            dialect,
                            view.kind().code(),
                            view.requestId());
        }
    }

    /**
     * Calls the function for every kind of error, with and without each optional part of the view.
     *
     * @throws IllegalArgumentException if the function throws or returns null; the message names the dialect and the kind
     */
    void requireBodies(String requestId) {
        for (Kind kind : Kind.values()) {
            samples(kind, requestId).forEach(this::requireBody);
        }
    }

    private void requireBody(ErrorView view) {
        String failure = "errorBody: dialect " + dialect + " must have a body for every kind, but for " + view.kind();
        @Nullable ErrorBody body;
        try {
            body = errorBody.apply(view);
        } catch (Throwable failed) {
            // The text cannot contain data of a client: the view is a sample.
            throw new IllegalArgumentException(
                    failure + " the function threw " + LogText.escape(failed.toString()), failed);
        }
        if (body == null) {
            throw new IllegalArgumentException(failure + " the function returned null");
        }
    }

    private Stream<ErrorView> samples(Kind kind, String requestId) {
        FieldError name = new FieldError("name", "is required");
        FieldError scopes = new FieldError("scopes", "must not be empty");
        return Stream.of(List.<FieldError>of(), List.of(name), List.of(name, scopes))
                .flatMap(fields -> Stream.of("", "is required")
                        .flatMap(reason ->
                                Stream.of(0, 1).map(seconds -> sample(kind, requestId, fields, reason, seconds))));
    }

    private ErrorView sample(Kind kind, String requestId, List<FieldError> fields, String reason, int seconds) {
        ErrorMapping mapping = mapping(kind);
        Duration wait = wholeSeconds(Duration.ofSeconds(seconds));
        String message = message(mapping.message(), fields, reason, List.of(), wait);
        ErrorView.Wait announced = seconds == 0 ? null : new ErrorView.Wait(wait, wait);
        boolean hasScopes =
                kind == Kind.INSUFFICIENT_SCOPE && announced != null && !hidesExistence(kind) && !hidesToken(kind);
        ErrorView.Scopes scopes = hasScopes ? SAMPLE_SCOPES : ErrorView.Scopes.NONE;
        return new ErrorView(kind, mapping, message, requestId, fields, scopes, announced);
    }
}
