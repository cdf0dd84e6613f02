package school.lectern.auth.spi;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;

/**
 * Records events. Implementations are safe for use by many threads.
 *
 * <p>There are two ways to write, because some events must not be lost, and others must not be expensive: {@link #append}
 * returns once the event is durable; {@link #offer} returns immediately, and may drop the event.
 */
public interface AuditLog {

    /**
     * Writes an event, and returns once it will survive a crash of this process.
     *
     * @param event the event
     * @throws StorageException if the event could not be made durable in time; it may have been written nevertheless
     */
    void append(AuditEvent event);

    /**
     * Accepts an event if there is room for it, otherwise counts it as {@linkplain #dropped dropped}. Never blocks.
     *
     * @param event the event
     */
    void offer(AuditEvent event);

    /**
     * Sets the status and the outcome of an event that was appended or offered before, and nothing else. Never blocks; a crash
     * may lose both.
     *
     * @param completed the event that was appended or offered, with its status, and with another outcome if the request was
     *     denied after this library had allowed it
     */
    void complete(AuditEvent completed);

    /**
     * {@return the number of calls and changes whose events were dropped since the start: offered events for which there was no
     * room, and stored events that a bounded log removed to make room} An {@linkplain AuditEvent#aggregate aggregate} counts as
     * all its calls.
     */
    long dropped();

    /**
     * {@return one page of a tenant's events, oldest first}
     *
     * @param tenantId the tenant's id
     * @param from only events at or after this time; null for all
     * @param to only events before this time; null for all
     * @param after the cursor to start after; {@link CursorPage#START} to start
     * @param limit the largest number of events in the page
     */
    CursorPage<AuditEvent> read(String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit);

    /**
     * {@return the position, in the order of writing, up to which the log is complete: no further event will appear at or
     * before it} Pass it to {@link #readWritten} as the end of a read, and after that as the start of the next read. A reader
     * that does so gets every event, including an event that is committed late or has an earlier time of another node's clock.
     *
     * <p>The position lags behind the newest event by a settling time, which is longer than the log itself takes to write.
     */
    String settled();

    /**
     * {@return one page of events in the order in which the log wrote them, regardless of their {@linkplain AuditEvent#at
     * time}} An event is in that order once: completing it changes the event and not its position.
     *
     * @param tenantId the tenant whose events are returned; null for the events of no tenant
     * @param after the position to start after: {@link CursorPage#START}, the {@linkplain CursorPage#next end of the last
     *     page}, or a position that {@link #settled} returned
     * @param upTo the position to end at, inclusive, which {@link #settled} returned
     * @param limit the largest number of events to return
     * @throws IllegalArgumentException if a position is not one that this log returned
     */
    CursorPage<AuditEvent> readWritten(@Nullable String tenantId, String after, String upTo, int limit);

    /**
     * {@return the next tenant id that has events, in the order of the ids, or empty after the last one}
     *
     * @param tenantId the id to start after; an empty string to start
     */
    Optional<String> tenantAfter(String tenantId);

    /**
     * Deletes old events, in a transaction of its own.
     *
     * @param tenantId the tenant whose events are deleted; null for the events of no tenant
     * @param before only events before this time
     * @param limit the largest number of events to delete
     * @return the number of deleted events; less than the limit if no more are left
     */
    int purge(@Nullable String tenantId, Instant before, int limit);
}
