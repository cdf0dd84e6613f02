package school.lectern.auth.servlet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.log.LogText;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuditLog.Page;

/** Streams a tenant's audit rows, page by page: the memory that it takes does not grow with the log. */
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
            "details");

    private final AuditLog log;
    private final String tenantId;
    private final @Nullable Instant from;
    private final @Nullable Instant to;

    AuditExport(AuditLog log, String tenantId, @Nullable Instant from, @Nullable Instant to) {
        this.log = log;
        this.tenantId = tenantId;
        this.from = from;
        this.to = to;
    }

    /** How the rows are written. */
    enum Format {
        /** One JSON object a line. Characters that nobody would see are written as {@code \}{@code uXXXX}: the same value. */
        NDJSON("application/x-ndjson") {
            @Override
            byte[] head() {
                return new byte[0];
            }

            @Override
            byte[] row(AuditEvent event) {
                return (LogText.escape(json(event).toString()) + '\n').getBytes(StandardCharsets.UTF_8);
            }
        },
        /**
         * Comma-separated values with a head line (RFC 4180), of which no spreadsheet runs any: see {@link CsvCell}.
         */
        CSV("text/csv;charset=utf-8") {
            @Override
            byte[] head() {
                return line(COLUMNS.stream());
            }

            @Override
            byte[] row(AuditEvent event) {
                JsonNode row = json(event);
                return line(COLUMNS.stream().map(column -> CsvCell.of(text(row.path(column)))));
            }
        };

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        abstract byte[] head();

        abstract byte[] row(AuditEvent event);
    }

    /** Reads the first page before anything is sent, so that a broken log is still an error of its own. */
    void write(HttpServletResponse response, Format format) throws IOException {
        Page page = read(Page.START);
        response.setContentType(format.contentType);
        OutputStream out = new BufferedOutputStream(response.getOutputStream(), 16 * 1024);
        out.write(format.head());
        while (!page.events().isEmpty()) {
            for (AuditEvent event : page.events()) {
                out.write(format.row(event));
            }
            page = read(page.next());
        }
        out.flush();
    }

    private Page read(String after) {
        return log.read(tenantId, from, to, after, PAGE);
    }

    /** A call has a decision, a change to a token an event, an actor and details. */
    private static ObjectNode json(AuditEvent event) {
        ObjectNode node = Json.object();
        node.put("request_id", event.requestId());
        node.put("tenant_id", event.tenantId());
        node.put("token_id", event.tokenId());
        node.put("method", event.method());
        node.put("endpoint", event.endpoint());
        node.put("status", event.status());
        node.put("timestamp", Timestamps.printMillis(event.at()));
        if (event.event().equals(AuditEvent.CALL)) {
            node.put("decision", event.outcome());
        } else {
            node.put("event", event.event());
            node.put("actor", event.actor());
            ObjectNode details = node.putObject("details");
            new TreeMap<>(event.details()).forEach(details::put);
        }
        return node;
    }

    private static byte[] line(Stream<String> values) {
        return (values.collect(Collectors.joining(",")) + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String text(JsonNode value) {
        return value.isContainerNode() ? value.toString() : value.asText("");
    }
}
