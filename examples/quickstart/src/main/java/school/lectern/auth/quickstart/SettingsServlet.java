package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import school.lectern.auth.http.TokenPrincipal;

/** One object of settings for each tenant and environment. */
final class SettingsServlet extends ApiServlet {

    private static final long serialVersionUID = 1L;

    private final transient Map<String, ObjectNode> settings = new ConcurrentHashMap<>();

    @Override
    void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller) throws IOException {
        String owner = caller.token().tenantId() + '/' + caller.token().environment();
        if (request.getMethod().equals("PUT")) {
            if (!(read(request).orElse(null) instanceof ObjectNode changed)) {
                invalid(request, response, "must be a JSON object");
                return;
            }
            settings.put(owner, changed);
        }
        write(request, response, 200, settings.getOrDefault(owner, JSON.createObjectNode()));
    }
}
