package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import school.lectern.auth.limit.LimitStatus;

/**
 * When permits were had, by a clock that runs beside the store, and of which window they are said to be. Databases of these
 * tests run on this machine, and so by the same clock.
 *
 * @param before the time before the store was asked, in milliseconds since the epoch
 * @param after the time after it had answered
 * @param reset the end of the window that it named
 */
record Admission(long before, long after, long reset) {

    static Admission of(long before, LimitStatus status) {
        return new Admission(before, System.currentTimeMillis(), status.resetMillis());
    }

    static Admission parse(String line) {
        String[] parts = line.split(" ", -1);
        return new Admission(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }

    /** Every permit is of a window that it could be of, and no window gave too many. */
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
