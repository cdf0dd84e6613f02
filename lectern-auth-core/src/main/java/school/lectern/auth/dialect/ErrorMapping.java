package school.lectern.auth.dialect;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The response of a dialect to one kind of error: its status, its code and its message, and optionally a type and a number.
 * Immutable: each method returns a new mapping.
 *
 * <pre>{@code
 * ErrorMapping.of(401, "invalid_api_key", "Incorrect API key provided").type("invalid_request_error")
 * ErrorMapping.of(403, "", "Invalid API Token").number(1000)
 * ErrorMapping.withStatus200("invalid_auth", "The token is not valid.")
 * }</pre>
 */
public final class ErrorMapping {

    private static final int OK = 200;

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\w+}");
    private static final List<String> PLACEHOLDERS =
            List.of("{field}", "{reason}", "{action}", "{resource}", "{seconds}");

    private final int status;
    private final String code;
    private final String message;
    private final @Nullable String type;
    private final @Nullable Long number;

    private ErrorMapping(int status, String code, String message, @Nullable String type, @Nullable Long number) {
        this.status = status;
        this.code = Objects.requireNonNull(code, "code");
        this.message = message;
        this.type = type;
        this.number = number;
        Matcher placeholder = PLACEHOLDER.matcher(message);
        while (placeholder.find()) {
            if (!PLACEHOLDERS.contains(placeholder.group())) {
                throw new IllegalArgumentException(
                        "message must have no placeholders but " + PLACEHOLDERS + ", had " + placeholder.group());
            }
        }
    }

    /**
     * {@return a mapping without a type and a number}
     *
     * @param status the HTTP status, from 400 to 599
     * @param code the machine-readable code; empty if the dialect has no code for the error
     * @param message the message for people. The values of the error replace the placeholders {@code {field}},
     *     {@code {reason}}, {@code {action}}, {@code {resource}} and {@code {seconds}}
     * @throws IllegalArgumentException if the status is out of its range, or the message has another placeholder
     */
    public static ErrorMapping of(int status, String code, String message) {
        if (status == OK) {
            throw new IllegalArgumentException(
                    "status must be from 400 to 599, was 200, which clients take for success:"
                            + " if clients read the body, as with GraphQL, use errorWithStatus200 or ErrorMapping.withStatus200");
        }
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status must be from 400 to 599, was " + status);
        }
        return new ErrorMapping(status, code, message, null, null);
    }

    /**
     * {@return a mapping with the status 200, for an API whose clients find the error in the body alone} Everything that knows
     * only the status takes such a response for a success, such as proxies, monitoring and HTTP clients.
     *
     * @param code the machine-readable code; empty if the dialect has no code for the error
     * @param message the message for people, with the placeholders of {@link #of}
     * @throws IllegalArgumentException if the message has another placeholder
     */
    public static ErrorMapping withStatus200(String code, String message) {
        return new ErrorMapping(OK, code, message, null, null);
    }

    /**
     * {@return this mapping with a second machine-readable text, which {@link ErrorView#type()} returns}
     *
     * @param value the type, for example {@code invalid_request_error}
     * @throws IllegalArgumentException if the mapping has a type
     */
    public ErrorMapping type(String value) {
        requireUnset("type", type);
        return new ErrorMapping(status, code, message, Objects.requireNonNull(value, "type"), number);
    }

    /**
     * {@return this mapping with a code that is a number, which {@link ErrorView#number()} returns}
     *
     * @param value the number, for example 1000
     * @throws IllegalArgumentException if the mapping has a number
     */
    public ErrorMapping number(long value) {
        requireUnset("number", number);
        return new ErrorMapping(status, code, message, type, value);
    }

    private static void requireUnset(String part, @Nullable Object value) {
        if (value != null) {
            throw new IllegalArgumentException(
                    part + " must be set once, but was set to " + value + " before: remove one of the calls");
        }
    }

    /** Returns this mapping with another message. */
    ErrorMapping message(String other) {
        return new ErrorMapping(status, code, other, type, number);
    }

    /** {@return the HTTP status: from 400 to 599, or 200} */
    public int status() {
        return status;
    }

    /** {@return the machine-readable code; empty if the dialect has no code for the error} */
    public String code() {
        return code;
    }

    /** {@return the message for people, with placeholders} */
    public String message() {
        return message;
    }

    /** {@return the second machine-readable text, or empty if the mapping has none} */
    public Optional<String> type() {
        return Optional.ofNullable(type);
    }

    /** {@return the code that is a number, or empty if the mapping has none} */
    public OptionalLong number() {
        return number == null ? OptionalLong.empty() : OptionalLong.of(number);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ErrorMapping that
                && status == that.status
                && code.equals(that.code)
                && message.equals(that.message)
                && Objects.equals(type, that.type)
                && Objects.equals(number, that.number);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, code, message, type, number);
    }

    @Override
    public String toString() {
        return "ErrorMapping[status=" + status + ", code=" + code + ", message=" + message + ", type=" + type
                + ", number=" + number + "]";
    }
}
