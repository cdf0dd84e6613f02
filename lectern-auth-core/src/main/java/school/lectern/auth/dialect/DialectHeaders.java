package school.lectern.auth.dialect;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import school.lectern.auth.format.Carrier;

/** The names of the headers of a dialect: those of its responses, and those that carry tokens. */
final class DialectHeaders {

    /** The names of the headers that usually report rate limits, in lower case. */
    static final Set<String> USUAL_LIMITS = Set.copyOf(LimitHeaders.X_RATE_LIMIT
            .and(LimitHeaders.RATE_LIMIT_DRAFT_11)
            .values(List.of())
            .keySet());

    /** The other headers that the library sets, and those that the server does, in lower case. */
    private static final Set<String> RESERVED = Set.of(
            "allow",
            "cache-control",
            "connection",
            "content-length",
            "content-type",
            "date",
            "deprecation",
            "link",
            "retry-after",
            "sunset",
            "transfer-encoding",
            "www-authenticate");

    private DialectHeaders() {}

    /**
     * Checks that no two settings of a dialect name the same header, since one value would replace the other.
     *
     * @return the values of the headers that report rate limits, by their names in lower case
     * @throws IllegalArgumentException if two names are the same, or one is a name that the library sets itself
     */
    static Map<String, LimitValue> requireDistinct(
            String requestIdHeader,
            Optional<String> versionHeader,
            LimitHeaders limitHeaders,
            LimitPlan limits,
            List<Carrier> carriers) {
        Map<String, LimitValue> ofLimits =
                limitHeaders.values(new TreeSet<>(limits.limits().keySet()));
        Set<String> used = new HashSet<>(RESERVED);
        add(requestIdHeader, "requestIdHeader", used);
        versionHeader.ifPresent(name -> add(name, "versionHeader", used));
        ofLimits.keySet().forEach(name -> add(name, "limits", used));
        carriers.stream()
                .flatMap(carrier -> carrier.headerNames().stream())
                .distinct()
                .forEach(name -> add(name, "carriers", used));
        return ofLimits;
    }

    private static void add(String name, String setting, Set<String> used) {
        if (!used.add(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(setting + " must name a header that has no other value, was " + name
                    + ", which another setting or the library itself sets: choose another name");
        }
    }
}
