package school.lectern.auth.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoreTimeTest {

    private static final long MILLI = 1_000_000;

    /** A monotonic clock that overflows during the test. */
    private static final long START = Long.MAX_VALUE - 5;

    private static Moment at(long millis) {
        return new Moment(START + millis * MILLI, 1_000_000 + millis);
    }

    private static StoreTime ahead(long millis) {
        return new StoreTime(1_000_000 + millis, at(0), at(0));
    }

    @Test
    void the_later_of_the_two_clocks_counts_for_an_end_and_the_earlier_for_a_start() {
        assertThat(ahead(500).later(at(100))).isEqualTo(1_000_600);
        assertThat(ahead(500).earlier(at(100))).isEqualTo(1_000_100);
        assertThat(ahead(-500).later(at(100))).isEqualTo(1_000_100);
        // The store's clock may have been read at the end of its millisecond, and the moment at the end of another one.
        assertThat(ahead(-500).earlier(at(100))).isEqualTo(999_602);
    }

    @Test
    void equal_clocks_show_the_time_of_the_process_however_long_the_poll_took() {
        for (long read = 0; read <= 300; read += 100) {
            StoreTime time = new StoreTime(1_000_000 + read, at(0), at(300));
            assertThat(time.later(at(300))).isEqualTo(at(300).millis());
            assertThat(time.earlier(at(300))).isEqualTo(at(300).millis());
            assertThat(time.later(at(250))).as("a moment before the answer").isEqualTo(at(250).millis());
            assertThat(time.earlier(at(250))).isEqualTo(at(250).millis());
        }
    }

    /** The wall clock of the process is set between the reading and the decision. */
    @Test
    void elapsed_time_is_measured_by_the_monotonic_clock() {
        Moment setBack = new Moment(at(100).nanos(), 1_000_000 - 3_600_000);
        assertThat(ahead(0).later(setBack)).isEqualTo(1_000_100);
        Moment setForward = new Moment(at(100).nanos(), 1_000_000 + 3_600_000);
        assertThat(ahead(0).earlier(setForward)).isEqualTo(1_000_102);
    }

    @Test
    void the_skew_is_the_difference_to_the_middle_of_the_poll() {
        assertThat(new StoreTime(1_000_700, at(0), at(400)).skewMillis()).isEqualTo(500);
        assertThat(new StoreTime(999_700, at(0), at(400)).skewMillis()).isEqualTo(-500);
    }
}
