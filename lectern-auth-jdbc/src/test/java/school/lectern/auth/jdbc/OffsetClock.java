package school.lectern.auth.jdbc;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The wall clock of a process of a test, which is set by command: so much off the machine's. Safe for use by many threads. */
final class OffsetClock extends Clock {

    private volatile Setting setting = new Setting(0);

    /** Another one each time, also where it says the same: so two looks tell whether the clock was set between them. */
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
