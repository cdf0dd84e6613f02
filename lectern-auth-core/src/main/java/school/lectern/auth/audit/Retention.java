package school.lectern.auth.audit;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long audit rows are kept: all alike, or by what the application says of their tenant. Immutable. */
public final class Retention {

    private final @Nullable String profileKey;
    private final Map<String, Duration> byValue;
    private final Duration longest;
    private final Duration shortest;

    private Retention(@Nullable String profileKey, Map<String, Duration> byValue, Collection<Duration> all) {
        this.profileKey = profileKey;
        this.byValue = Map.copyOf(byValue);
        this.longest = Collections.max(all);
        this.shortest = Collections.min(all);
        if (shortest.isNegative() || shortest.isZero()) {
            throw new IllegalArgumentException("retention: a positive time, not " + shortest);
        }
    }

    /**
     * So long for everybody.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public static Retention of(Duration time) {
        return new Retention(null, Map.of(), List.of(time));
    }

    /**
     * By one entry of the tenants' profiles. Rows of a tenant whose entry is none of these are kept the longest of the times;
     * rows of no tenant, at most the shortest.
     *
     * @param profileKey the entry's name, for example {@code plan}
     * @param times the entry's value → how long
     * @throws IllegalArgumentException if there is none, or one is not positive
     */
    public static Retention by(String profileKey, Map<String, Duration> times) {
        if (times.isEmpty()) {
            throw new IllegalArgumentException("retention: at least one time");
        }
        return new Retention(profileKey, times, times.values());
    }

    /**
     * How long the rows of a tenant are kept.
     *
     * @param profile what the application says of the tenant; empty for one that it does not know
     */
    public Duration of(Map<String, String> profile) {
        String value = profileKey == null ? null : profile.get(profileKey);
        Duration time = value == null ? null : byValue.get(value);
        return time == null ? longest : time;
    }

    /** Returns the shortest of the times. Rows without a tenant are not stored for longer. */
    public Duration shortest() {
        return shortest;
    }
}
