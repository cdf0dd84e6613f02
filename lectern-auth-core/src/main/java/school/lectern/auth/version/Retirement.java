package school.lectern.auth.version;

import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The end of a version: its deprecation, its sunset, or both; the sunset is not before the deprecation. */
record Retirement(@Nullable Step deprecation, @Nullable Step sunset) {

    static final Retirement NONE = new Retirement(null, null);

    /** The date format of RFC 9110, section 5.6.7. The JDK's formatter of RFC 1123 writes days below 10 with one digit. */
    private static final DateTimeFormatter IMF_FIXDATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US);

    private static final Instant END_OF_HTTP_DATES = Instant.parse("+10000-01-01T00:00:00Z");

    /** The time of a step, and a document about it; null if there is no document. */
    record Step(Instant at, @Nullable URI document) {

        Optional<String> link(String relation) {
            return Optional.ofNullable(document)
                    .map(target -> '<' + target.toASCIIString() + ">; rel=\"" + relation + '"');
        }
    }

    Retirement {
        if (deprecation != null && sunset != null && sunset.at().isBefore(deprecation.at())) {
            throw new IllegalArgumentException("sunset must not be before the deprecation (RFC 9745, section 4), was "
                    + sunset.at() + " with the deprecation " + deprecation.at());
        }
        if (sunset != null && !sunset.at().isBefore(END_OF_HTTP_DATES)) {
            throw new IllegalArgumentException("sunset must be before the year 10000, was " + sunset.at());
        }
    }

    Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        if (deprecation != null) {
            headers.put("Deprecation", "@" + deprecation.at().getEpochSecond());
        }
        if (sunset != null) {
            headers.put("Sunset", IMF_FIXDATE.format(sunset.at().atOffset(ZoneOffset.UTC)));
        }
        String links = Stream.of(link(deprecation, "deprecation"), link(sunset, "sunset"))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        if (!links.isEmpty()) {
            headers.put("Link", links);
        }
        return headers;
    }

    private static Optional<String> link(@Nullable Step step, String relation) {
        return Optional.ofNullable(step).flatMap(known -> known.link(relation));
    }
}
