package school.lectern.auth.systems.app;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spring.boot.RouteRulesCustomizer;

/** The routes of LearnCoin. An annotation names no environment, so all of them have their rules here. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "learncoin")
class LearnCoinRoutes {

    @Bean
    RouteRulesCustomizer learnCoinRules() {
        return rules -> rules.guard("GET", "/v1/tenants/me", Requirement.anyToken())
                .guard("GET", "/v1/batches", Requirement.anyToken())
                .guard("POST", "/v1/batches", Requirement.anyToken())
                .guard("GET", "/v1/batches/{id}", Requirement.anyToken())
                .guard("POST", "/v1/mainnet/batches", Requirement.anyToken().environment(TokenEnvironment.LIVE))
                .guard("POST", "/v1/testnet/batches", Requirement.anyToken().environment(TokenEnvironment.TEST));
    }

    @RestController
    @ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "learncoin")
    static class Handlers {

        private final Records records;
        private final TenantDirectory tenants;

        Handlers(Records records, TenantDirectory tenants) {
            this.records = records;
            this.tenants = tenants;
        }

        @GetMapping("/v1/tenants/me")
        ResponseEntity<String> me(@AuthenticationPrincipal TokenPrincipal caller) {
            Tenant tenant = tenants.find(caller.tenantId()).orElseThrow();
            return Records.json(
                    200,
                    Records.object()
                            .put("id", "tnt_" + tenant.id())
                            .put("name", tenant.profile().get("name"))
                            .put("did", tenant.profile().get("did"))
                            .put("plan", tenant.profile().get("plan"))
                            .put("environment", caller.token().environment().name())
                            .put("request_id", caller.requestId()));
        }

        @GetMapping("/v1/batches")
        ResponseEntity<String> list(@AuthenticationPrincipal TokenPrincipal caller) {
            return records.list(caller);
        }

        @PostMapping({"/v1/batches", "/v1/mainnet/batches", "/v1/testnet/batches"})
        ResponseEntity<String> add(@AuthenticationPrincipal TokenPrincipal caller, @RequestBody String body) {
            return records.add(caller, body);
        }

        @GetMapping("/v1/batches/{id}")
        ResponseEntity<String> get(@AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id) {
            return records.get(caller, id);
        }
    }
}
