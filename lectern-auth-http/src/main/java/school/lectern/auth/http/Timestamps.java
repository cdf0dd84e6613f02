package school.lectern.auth.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Timestamps of RFC 3339 with an offset: parsed strictly, written in UTC with {@code Z}. Digits beyond nanoseconds are
 * truncated.
 */
final class Timestamps {

    private static final Pattern FORM = Pattern.compile("""
            (?<local>\\d{4}-\\d{2}-\\d{2}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?)(?:(?<=\\.\\d{9})\\d+)?\
            (?:Z|(?<sign>[+-])(?<hours>[01]\\d|2[0-3]):(?<minutes>[0-5]\\d))""");

    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Timestamps() {}

    /** Returns the instant, or empty if the text is not a timestamp with an offset. */
    static Optional<Instant> parse(String text) {
        Matcher form = FORM.matcher(text.toUpperCase(Locale.ROOT));
        if (!form.matches()) {
            return Optional.empty();
        }
        try {
            Instant local = LocalDateTime.parse(form.group("local")).toInstant(ZoneOffset.UTC);
            return Optional.of(local.minus(offset(form)));
        } catch (DateTimeException noSuchTime) {
            return Optional.empty();
        }
    }

    /** Returns the offset. It is not parsed by Java, whose offsets end at 18:00; those of the RFC end at 23:59. */
    private static Duration offset(Matcher form) {
        if (form.group("sign") == null) {
            return Duration.ZERO;
        }
        Duration offset = Duration.ofHours(Long.parseLong(form.group("hours")))
                .plusMinutes(Long.parseLong(form.group("minutes")));
        return form.group("sign").equals("-") ? offset.negated() : offset;
    }

    /** Returns the shortest form of the time, or null for null. */
    static @Nullable String print(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    /** Returns the time with milliseconds. */
    static String printMillis(Instant time) {
        return MILLIS.format(time);
    }
}
