package school.lectern.auth.version;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version of an API, named by the date it was released on. Later dates are newer versions.
 *
 * @param date the date of the release
 */
public record ApiVersion(LocalDate date) implements Comparable<ApiVersion> {

    private static final Pattern TEXT = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    /**
     * The version that is written as an ISO 8601 date, such as {@code 2026-01-01}.
     *
     * @throws IllegalArgumentException if the text is not a date of that form
     */
    public static ApiVersion of(String text) {
        return parse(text)
                .orElseThrow(() -> new IllegalArgumentException("a version is written as a date, yyyy-MM-dd"));
    }

    /** The version that is written as {@code yyyy-MM-dd}, or empty if the text is not a date of exactly that form. */
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

    /** Whether this version is the other one or a later one. */
    public boolean isAtLeast(ApiVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(ApiVersion other) {
        return date.compareTo(other.date);
    }

    /** {@code yyyy-MM-dd}. */
    @Override
    public String toString() {
        return date.toString();
    }
}
