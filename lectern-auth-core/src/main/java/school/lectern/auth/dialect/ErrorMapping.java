package school.lectern.auth.dialect;

/**
 * How a dialect answers one kind of error.
 *
 * @param status the HTTP status
 * @param code the machine-readable code; empty in a dialect without codes
 * @param message the words, in which {@code {field}}, {@code {reason}}, {@code {action}}, {@code {resource}} and
 *     {@code {seconds}} stand for what the error brings
 */
public record ErrorMapping(int status, String code, String message) {

    /** @throws IllegalArgumentException if the status is not that of an error */
    public ErrorMapping {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status: from 400 to 599, not " + status);
        }
    }
}
