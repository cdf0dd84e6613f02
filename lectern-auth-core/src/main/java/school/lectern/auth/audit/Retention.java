package school.lectern.auth.audit;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long audit rows are retained: one time for all rows, or a time for each tenant by its profile. Immutable. */
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
            throw new IllegalArgumentException("retention must be positive, was " + shortest);
        }
    }

    /**
     * {@return a retention with one time for all rows}
     *
     * @param time a positive time
     * @throws IllegalArgumentException if the time is not positive
     */
    public static Retention of(Duration time) {
        return new Retention(null, Map.of(), List.of(time));
    }

    /**
     * {@return a retention that depends on one entry of the tenant's profile} If a tenant's profile does not have any of the
     * given values, its rows are retained for the longest of the times. Rows without a tenant are retained for at most the
     * shortest of the times.
     *
     * @param profileKey the name of the entry, for example {@code plan}
     * @param times the time by value of the entry; at least one time, all positive
     * @throws IllegalArgumentException if there is no time, or one is not positive
     */
    public static Retention by(String profileKey, Map<String, Duration> times) {
        if (times.isEmpty()) {
            throw new IllegalArgumentException("retention must have at least one time");
        }
        return new Retention(profileKey, times, times.values());
    }

    /**
     * {@return how long the rows of a tenant are retained}
     *
     * @param profile the tenant's profile; empty for a tenant that the application does not know
     */
    public Duration of(Map<String, String> profile) {
        String value = profileKey == null ? null : profile.get(profileKey);
        Duration time = value == null ? null : byValue.get(value);
        return time == null ? longest : time;
    }

    /** {@return the shortest of the times} Rows without a tenant are not retained for longer. */
    public Duration shortest() {
        return shortest;
    }
}
