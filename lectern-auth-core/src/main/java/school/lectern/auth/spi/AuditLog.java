package school.lectern.auth.spi;

import java.time.Instant;
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

    /**
     * Returns the number of calls and changes whose events were dropped since the start: offered ones for want of room, and stored
     * ones that a bounded log removed to make room. An {@linkplain AuditEvent#aggregate aggregate} counts as all its calls.
     */
    long dropped();

    /**
     * One page of a tenant's events, oldest first.
     *
     * @param from only events at or after this time; null for all
     * @param to only events before this time; null for all
     * @param after the place after which to go on; {@link CursorPage#START} to start
     * @param limit at most so many
     */
    CursorPage<AuditEvent> read(String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit);

    /**
     * Returns the position in the order of writing up to which the log is complete: no event appears at or before it any more.
     * Pass it to {@link #readWritten} as the end, and after that as the start of the next read. A reader that does so gets
     * every event, also those that are committed late or carry an earlier time of another node's clock.
     *
     * <p>The position lags behind the newest event by a settling time, which is longer than the log itself takes to write.
     */
    String settled();

    /**
     * Returns one page of events in the order in which the log wrote them, whatever their {@linkplain AuditEvent#at time}. An
     * event is in that order once: completing it changes the event and not its position.
     *
     * @param tenantId whose events; null for those of no tenant
     * @param after the position to start after: {@link CursorPage#START}, the {@linkplain CursorPage#next end of the last page}, or what
     *     {@link #settled} returned
     * @param upTo the position to end at, inclusive: what {@link #settled} returned
     * @param limit the largest number of events to return
     * @throws IllegalArgumentException if a position is not one that this log returned
     */
    CursorPage<AuditEvent> readWritten(@Nullable String tenantId, String after, String upTo, int limit);

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
}
