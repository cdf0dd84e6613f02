package school.lectern.auth.jdbc;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The wall clock of a test process, with an offset from the machine's clock that the test sets by command. Safe for use by many
 * threads.
 */
final class OffsetClock extends Clock {

    private volatile Setting setting = new Setting(0);

    /**
     * A new object for each command, even if the offset is the same. Two reads can therefore detect whether the clock was set
     * between them.
     */
    static final class Setting {
        private final long offsetMillis;

        private Setting(long offsetMillis) {
            this.offsetMillis = offsetMillis;
        }
    }

    void set(long offsetMillis) {
        setting = new Setting(offsetMillis);
    }

    Setting setting() {
        return setting;
    }

    @Override
    public Instant instant() {
        return Instant.now().plusMillis(setting.offsetMillis);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
