package school.lectern.auth.jdbc;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.CursorPage;

/** The audit log in a table. {@link AuditWriter} writes the table, and {@link AuditReader} reads it. */
final class JdbcAuditLog implements AuditLog, AutoCloseable {

    private final AuditWriter writer;
    private final AuditReader reader;

    /**
     * @param deadline the maximum time for which a caller waits for its row
     * @param settling the maximum time from the insert of a row to the commit that makes it visible to readers
     * @param metrics receives the number of rows that wait or were dropped
     */
    JdbcAuditLog(Database database, Duration deadline, Duration settling, AuthMetrics metrics) {
        this.writer = new AuditWriter(database, deadline, metrics);
        this.reader = new AuditReader(database, settling);
    }

    @Override
    public void append(AuditEvent event) {
        writer.append(event);
    }

    @Override
    public void offer(AuditEvent event) {
        writer.offer(event);
    }

    @Override
    public void complete(AuditEvent completed) {
        writer.complete(completed);
    }

    @Override
    public long dropped() {
        return writer.dropped();
    }

    @Override
    public CursorPage<AuditEvent> read(
            String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
        return reader.read(tenantId, from, to, after, limit);
    }

    @Override
    public String settled() {
        return reader.settled();
    }

    @Override
    public CursorPage<AuditEvent> readWritten(@Nullable String tenantId, String after, String upTo, int limit) {
        return reader.readWritten(tenantId, after, upTo, limit);
    }

    @Override
    public Optional<String> tenantAfter(String tenantId) {
        return reader.tenantAfter(tenantId);
    }

    @Override
    public int purge(@Nullable String tenantId, Instant before, int limit) {
        return reader.purge(tenantId, before, limit);
    }

    @Override
    public void close() {
        writer.close();
    }
}
