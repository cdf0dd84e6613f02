package school.lectern.auth.testkit;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import school.lectern.auth.spi.AuditLog;

/**
 * Tests that every {@link AuditLog} must pass. Extend this class and open the log in {@link #open}:
 *
 * <pre>{@code
 * final class OurAuditLogTest extends AuditLogContract {
 *     @Override
 *     protected AuditLog open() {
 *         return new OurAuditLog(database);
 *     }
 * }
 * }</pre>
 *
 * <p>The tests are grouped by subject. Each subject is a nested test class, so JUnit runs all subjects with the extending
 * class, and one subject can be selected by its name, such as {@code Reading}.
 *
 * <p>The log need not be empty: every test works with a tenant and event ids that were never used before. The log needs room
 * for several thousand events.
 */
public abstract class AuditLogContract {

    private AuditLog log;

    /** For subclasses. */
    protected AuditLogContract() {}

    /**
     * Opens the log. Called before each test, ahead of the {@code @BeforeEach} methods of a subclass. It may return the same
     * log every time. The subclass closes the log.
     *
     * @return the log
     * @throws Exception if the log cannot be opened; the test then fails
     */
    protected abstract AuditLog open() throws Exception;

    /** {@return how long an offered event or a status may take until it is readable: 5 seconds unless overridden} */
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    /** {@return how long an event may take until it is {@linkplain AuditLog#settled settled}: 5 seconds unless overridden} */
    protected Duration settling() {
        return Duration.ofSeconds(5);
    }

    /** {@return how many events each of 16 threads appends concurrently: 25 unless overridden} */
    protected int appendsPerThread() {
        return 25;
    }

    @BeforeEach
    void openLog() throws Exception {
        log = open();
    }

    /** Returns the log that was opened for the current test. */
    final AuditLog log() {
        return log;
    }

    @Nested
    class Appending extends AuditAppendContract {
        @Override
        AuditLogContract contract() {
            return AuditLogContract.this;
        }
    }

    @Nested
    class Offering extends AuditOfferContract {
        @Override
        AuditLogContract contract() {
            return AuditLogContract.this;
        }
    }

    @Nested
    class Reading extends AuditReadContract {
        @Override
        AuditLogContract contract() {
            return AuditLogContract.this;
        }
    }

    @Nested
    class Exporting extends AuditExportContract {
        @Override
        AuditLogContract contract() {
            return AuditLogContract.this;
        }
    }

    @Nested
    class Purging extends AuditPurgeContract {
        @Override
        AuditLogContract contract() {
            return AuditLogContract.this;
        }
    }
}
