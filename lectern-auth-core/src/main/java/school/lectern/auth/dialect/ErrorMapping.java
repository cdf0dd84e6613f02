package school.lectern.auth.dialect;

/**
 * The response of a dialect to one kind of error.
 *
 * @param status the HTTP status, from 400 to 599
 * @param code the machine-readable code; empty if the dialect has no code for the error
 * @param message the message for people. The values of the error replace the placeholders {@code {field}}, {@code {reason}},
 *     {@code {action}}, {@code {resource}} and {@code {seconds}}
 */
public record ErrorMapping(int status, String code, String message) {

    /**
     * Creates a mapping.
     *
     * @param status the HTTP status, from 400 to 599
     * @param code the machine-readable code; empty if the dialect has no code for the error
     * @param message the message for people, with placeholders
     * @throws IllegalArgumentException if the status is out of its range
     */
    public ErrorMapping {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status must be from 400 to 599, was " + status);
        }
    }
}
