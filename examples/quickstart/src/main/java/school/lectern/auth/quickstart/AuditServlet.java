package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.log.LogText;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;

/** The tenant's audit log, for its tokens that may read it. The response is streamed, so it may have any length. */
final class AuditServlet extends ApiServlet {

    private static final long serialVersionUID = 1L;
    private static final int PAGE = 500;

    private final transient AuditLog log;

    AuditServlet(AuditLog log) {
        this.log = log;
    }

    @Override
    void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller) throws IOException {
        String tenant = caller.token().tenantId();
        // Ends with the rows of this moment. Under load, the response would otherwise never end.
        Instant end = Instant.now().plusMillis(1);
        // Read before the response is sent, so that a failure of the log is still sent as an error.
        CursorPage<AuditEvent> first = log.read(tenant, null, end, CursorPage.START, PAGE);
        write(request, response, 200, out -> {
            out.writeStartArray();
            for (CursorPage<AuditEvent> page = first;
                    !page.items().isEmpty();
                    page = log.read(tenant, null, end, page.next(), PAGE)) {
                for (AuditEvent event : page.items()) {
                    // JSON escapes that keep the values the same: a path comes from the client, and its invisible
                    // characters could mislead a reader.
                    out.writeRawValue(LogText.escape(row(event).toString()));
                }
            }
            out.writeEndArray();
        });
    }

    private static ObjectNode row(AuditEvent event) {
        ObjectNode row = JSON.createObjectNode();
        row.put("request_id", event.requestId());
        row.put("tenant_id", event.tenantId());
        row.put("token_id", event.tokenId());
        row.put("method", event.method());
        row.put("endpoint", event.endpoint());
        row.put("status", event.status());
        row.put("timestamp", event.at().toString());
        row.put("event", event.event());
        if (event.aggregate() != null) {
            row.put("count", event.aggregate().count());
            row.put("first_at", event.at().toString());
            row.put("last_at", event.aggregate().lastAt().toString());
        }
        return row;
    }
}
