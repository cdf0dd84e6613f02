package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.servlet.TokenPrincipal;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuditLog.Page;

/** The first thousand rows of the tenant's audit log, for those of its own tokens that may read them. */
final class AuditServlet extends ApiServlet {

    private static final long serialVersionUID = 1L;
    private static final int MAX_ROWS = 1000;

    private final transient AuditLog log;

    AuditServlet(AuditLog log) {
        this.log = log;
    }

    @Override
    void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller) throws IOException {
        ArrayNode rows = JSON.createArrayNode();
        for (AuditEvent event : log.read(caller.token().tenantId(), null, null, Page.START, MAX_ROWS)
                .events()) {
            rows.add(row(event));
        }
        write(request, response, 200, rows);
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
        return row;
    }
}
