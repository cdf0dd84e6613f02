package school.lectern.auth.version;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version of an API. Its name is the date of its release; a later date is a newer version.
 *
 * @param date the date of the release
 */
public record ApiVersion(LocalDate date) implements Comparable<ApiVersion> {

    private static final Pattern TEXT = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    /**
     * {@return the version that a text represents}
     *
     * @param text an ISO 8601 date, such as {@code 2026-01-01}
     * @throws IllegalArgumentException if the text is not a date of that form
     */
    public static ApiVersion of(String text) {
        return parse(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "version must be a date of the form yyyy-MM-dd, was '" + text + "'"));
    }

    /**
     * {@return the version that a text represents, or empty if the text is not a date of exactly the form {@code yyyy-MM-dd}}
     *
     * @param text any text
     */
    public static Optional<ApiVersion> parse(String text) {
        if (!TEXT.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ApiVersion(LocalDate.parse(text)));
        } catch (DateTimeException noSuchDay) {
            return Optional.empty();
        }
    }

    /**
     * {@return whether this version is the same as another one or newer}
     *
     * @param other the other version
     */
    public boolean isAtLeast(ApiVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(ApiVersion other) {
        return date.compareTo(other.date);
    }

    /** {@return the date, as {@code yyyy-MM-dd}} */
    @Override
    public String toString() {
        return date.toString();
    }
}
