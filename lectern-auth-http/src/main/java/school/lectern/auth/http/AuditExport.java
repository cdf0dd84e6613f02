package school.lectern.auth.http;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.log.LogText;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.StorageException;

/** Streams a tenant's audit rows, page by page, so that its memory does not grow with the log. */
final class AuditExport {

    private static final int PAGE = 500;

    private static final List<String> COLUMNS = List.of(
            "request_id",
            "tenant_id",
            "token_id",
            "method",
            "endpoint",
            "status",
            "timestamp",
            "event",
            "decision",
            "actor",
            "details",
            "count",
            "first_at",
            "last_at");

    private final Source source;
    private CursorPage<AuditEvent> page;

    private AuditExport(String tenantId, Source source, String after) {
        this.source = position -> requireOf(tenantId, source.after(position));
        this.page = this.source.after(after);
    }

    /** Checks that the log has returned only rows of the tenant: rows of another tenant must never be exported. */
    private static CursorPage<AuditEvent> requireOf(String tenantId, CursorPage<AuditEvent> page) {
        if (!page.items().stream().allMatch(event -> tenantId.equals(event.tenantId()))) {
            throw new StorageException("the audit log is broken: it returned a row of another tenant");
        }
        return page;
    }

    /** The source of the pages. */
    private interface Source {
        CursorPage<AuditEvent> after(String position);
    }

    /**
     * Returns an export of the events of a period, by their time. Reads the first page, so that a failure of the log can still
     * be sent as an error response.
     */
    static AuditExport ofPeriod(AuditLog log, String tenantId, @Nullable Instant from, @Nullable Instant to) {
        return new AuditExport(tenantId, after -> log.read(tenantId, from, to, after, PAGE), CursorPage.START);
    }

    /**
     * Returns an export of the events that were written after one position and up to another. Reads the first page, like
     * {@link #ofPeriod}.
     *
     * @throws IllegalArgumentException if the log returned no such position
     */
    static AuditExport ofWritten(AuditLog log, String tenantId, String after, String upTo) {
        return new AuditExport(tenantId, position -> log.readWritten(tenantId, position, upTo, PAGE), after);
    }

    /** The format of the rows. */
    enum Format {
        /** One JSON object per line. Invisible characters are written as {@code \}{@code uXXXX}: the same value. */
        NDJSON("application/x-ndjson") {
            @Override
            byte[] head() {
                return new byte[0];
            }

            @Override
            byte[] row(AuditEvent event) {
                return (LogText.escape(Json.text(json(event))) + '\n').getBytes(StandardCharsets.UTF_8);
            }
        },
        /**
         * Comma-separated values with a header line (RFC 4180). A spreadsheet executes none of the values: see {@link CsvCell}.
         */
        CSV("text/csv;charset=utf-8") {
            @Override
            byte[] head() {
                return line(COLUMNS.stream());
            }

            @Override
            byte[] row(AuditEvent event) {
                Map<String, @Nullable Object> row = json(event);
                return line(COLUMNS.stream().map(column -> CsvCell.of(text(row.get(column)))));
            }
        };

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        String contentType() {
            return contentType;
        }

        abstract byte[] head();

        abstract byte[] row(AuditEvent event);
    }

    /** Returns the response that writes the whole export. Its body can be written once. */
    HttpAnswer answer(Format format) {
        return HttpAnswer.ok(format.contentType(), out -> write(out, format));
    }

    private void write(OutputStream stream, Format format) throws IOException {
        OutputStream out = new BufferedOutputStream(stream, 16 * 1024);
        out.write(format.head());
        while (!page.items().isEmpty()) {
            for (AuditEvent event : page.items()) {
                out.write(format.row(event));
            }
            page = source.after(page.next());
        }
        out.flush();
    }

    /** Returns the event as JSON. A call has a decision; a change to a token has an event, an actor and details. */
    private static Map<String, @Nullable Object> json(AuditEvent event) {
        Map<String, @Nullable Object> node = Json.object();
        node.put("request_id", event.requestId());
        node.put("tenant_id", event.tenantId());
        node.put("token_id", event.tokenId());
        node.put("method", event.method());
        node.put("endpoint", event.endpoint());
        node.put("status", event.status());
        node.put("timestamp", Timestamps.printMillis(event.at()));
        if (event.isCall()) {
            node.put("decision", event.outcome());
            putAggregate(node, event);
        } else {
            node.put("event", event.event());
            node.put("actor", event.actor());
            node.put("details", new TreeMap<>(event.details()));
        }
        return node;
    }

    /** Adds the counts of an event that represents several calls. The form of other events does not change. */
    private static void putAggregate(Map<String, @Nullable Object> node, AuditEvent event) {
        if (event.aggregate() != null) {
            node.put("count", event.aggregate().count());
            node.put("first_at", Timestamps.printMillis(event.at()));
            node.put("last_at", Timestamps.printMillis(event.aggregate().lastAt()));
        }
    }

    private static byte[] line(Stream<String> values) {
        return (values.collect(Collectors.joining(",")) + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : Json.isObject(value) ? Json.text(value) : value.toString();
    }
}
