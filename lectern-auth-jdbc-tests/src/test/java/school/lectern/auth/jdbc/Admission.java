package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import school.lectern.auth.limit.LimitStatus;

/**
 * When permits were granted, by a clock outside the store, and the window that the store reported for them. The databases of
 * these tests run on this machine, so they use the same clock.
 *
 * @param before the time before the call of the store, in milliseconds since the epoch
 * @param after the time after the call of the store, in milliseconds since the epoch
 * @param reset the reported end of the window, in milliseconds since the epoch
 */
record Admission(long before, long after, long reset) {

    static Admission of(long before, LimitStatus status) {
        return new Admission(before, System.currentTimeMillis(), status.resetMillis());
    }

    static Admission parse(String line) {
        String[] parts = line.split(" ", -1);
        return new Admission(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }

    /** Asserts that every permit can belong to its reported window, and that no window granted too many. */
    static void assertNoneTooMany(Collection<Admission> admissions, long permits, long windowMillis) {
        Map<Long, Long> byWindow = new HashMap<>();
        for (Admission admission : admissions) {
            assertThat(admission.after())
                    .as("not before the window: %s", admission)
                    .isGreaterThanOrEqualTo(admission.reset() - windowMillis);
            assertThat(admission.before())
                    .as("not after the window: %s", admission)
                    .isLessThan(admission.reset());
            byWindow.merge(admission.reset(), 1L, Long::sum);
        }
        assertThat(byWindow.values()).isNotEmpty().allMatch(had -> had <= permits, "at most " + permits);
    }

    @Override
    public String toString() {
        return before + " " + after + " " + reset;
    }
}
