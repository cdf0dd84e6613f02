package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.spi.Tenant;

/** The example's API in the LearnCoin dialect: batches, separate for each tenant and environment of a key. */
final class LearnCoinApi {

    private LearnCoinApi() {}

    static Api create(Tenants tenants) {
        RouteRules rules = Api.rulesOfAll()
                .guard("GET", "/v1/tenants/me", Requirement.anyToken())
                .guard("GET", "/v1/batches", Requirement.anyToken())
                .guard("POST", "/v1/batches", Requirement.anyToken())
                .guard("GET", "/v1/batches/{id}", Requirement.anyToken())
                .guard("POST", "/v1/mainnet/batches", Requirement.anyToken().environment(TokenEnvironment.LIVE))
                .guard("POST", "/v1/testnet/batches", Requirement.anyToken().environment(TokenEnvironment.TEST))
                .build();
        RecordsServlet batches = new RecordsServlet("batches", false, new Records());
        return new Api(
                LearnCoin.DIALECT,
                rules,
                Map.of(
                        "/v1/tenants/me", new TenantServlet(tenants),
                        "/v1/batches/*", batches,
                        "/v1/mainnet/batches", batches,
                        "/v1/testnet/batches", batches),
                new Api.Sample(
                        "{\"name\":\"CI\",\"environment\":\"test\"}",
                        "/v1/tenants/me",
                        "/v1/mainnet/batches",
                        "it is a test key: 403"));
    }

    /** The tenant of the key. */
    private static final class TenantServlet extends ApiServlet {
        private static final long serialVersionUID = 1L;

        private final transient Tenants tenants;

        TenantServlet(Tenants tenants) {
            this.tenants = tenants;
        }

        @Override
        void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller)
                throws IOException {
            Tenant tenant = tenants.find(caller.token().tenantId()).orElseThrow();
            ObjectNode body = JSON.createObjectNode();
            body.put("id", "tnt_" + tenant.id());
            body.put("name", tenant.profile().get("name"));
            body.put("did", tenant.profile().get("did"));
            body.put("plan", tenant.profile().get("plan"));
            body.put("environment", caller.token().environment().name());
            body.put("request_id", caller.requestId());
            send(response, 200, body);
        }
    }
}
