package school.lectern.auth.dialect;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The response of a dialect to one kind of error.
 *
 * @param status the HTTP status, from 400 to 599
 * @param code the machine-readable code; empty if the dialect has no code for the error
 * @param message the message for people. The values of the error replace the placeholders {@code {field}}, {@code {reason}},
 *     {@code {action}}, {@code {resource}} and {@code {seconds}}
 */
public record ErrorMapping(int status, String code, String message) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\w+}");
    private static final List<String> PLACEHOLDERS =
            List.of("{field}", "{reason}", "{action}", "{resource}", "{seconds}");

    /**
     * Creates a mapping.
     *
     * @param status the HTTP status, from 400 to 599
     * @param code the machine-readable code; empty if the dialect has no code for the error
     * @param message the message for people, with placeholders
     * @throws IllegalArgumentException if the status is out of its range, or the message has another placeholder
     */
    public ErrorMapping {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status must be from 400 to 599, was " + status);
        }
        Matcher placeholder = PLACEHOLDER.matcher(message);
        while (placeholder.find()) {
            if (!PLACEHOLDERS.contains(placeholder.group())) {
                throw new IllegalArgumentException(
                        "message must have no placeholders but " + PLACEHOLDERS + ", had " + placeholder.group());
            }
        }
    }
}
