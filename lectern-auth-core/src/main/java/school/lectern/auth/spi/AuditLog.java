package school.lectern.auth.spi;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;

/**
 * Writes down what happened. Implementations are safe for use by many threads.
 *
 * <p>Two ways in, because some rows must not be lost and others must not cost: {@link #append} returns when the row is
 * safe, {@link #offer} at once, and may drop it.
 */
public interface AuditLog {

    /**
     * Writes an event, and returns when it will survive a crash of this process.
     *
     * @throws StorageException if that cannot be had in time; the row may be there all the same
     */
    void append(AuditEvent event);

    /** Takes an event if there is room for it, else counts it as {@linkplain #dropped dropped}. Never blocks. */
    void offer(AuditEvent event);

    /** Adds the status to an event that was appended or offered before. Never blocks; a crash may lose it. */
    void complete(AuditEvent event, int status);

    /** How many offered events were dropped since the start. */
    long dropped();

    /**
     * One page of a tenant's events, oldest first.
     *
     * @param from only events at or after this time; null for all
     * @param to only events before this time; null for all
     * @param after the place after which to go on; {@link Page#START} to start
     * @param limit at most so many
     */
    Page read(String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit);

    /** The next tenant that has events, in the order of their ids; empty behind the last. Start with an empty text. */
    Optional<String> tenantAfter(String tenantId);

    /**
     * Deletes old events, in a transaction of their own.
     *
     * @param tenantId whose; null for those of no tenant
     * @param before only events before this time
     * @param limit at most so many
     * @return how many were deleted; fewer than the limit when no more are left
     */
    int purge(@Nullable String tenantId, Instant before, int limit);

    /**
     * Some events, and where to go on.
     *
     * @param events the events, oldest first; none at the end
     * @param next what to hand to the next {@link #read}
     */
    record Page(List<AuditEvent> events, String next) {
        /** Before the first event. */
        public static final String START = "";
    }
}
