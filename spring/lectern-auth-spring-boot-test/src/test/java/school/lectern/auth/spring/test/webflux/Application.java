package school.lectern.auth.spring.test.webflux;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.boot.RouteRulesCustomizer;
import school.lectern.auth.spring.web.RequiresScope;

/** An application with WebFlux. */
@SpringBootApplication
class Application {

    @RestController
    static class Learners {
        @GetMapping("/v1/learners/{id}")
        @RequiresScope("read:learners")
        Mono<String> learner(@PathVariable String id, TokenPrincipal caller) {
            return Mono.just("learner " + id + " of " + caller.tenantId());
        }

        @GetMapping("/v1/ruled")
        Mono<String> ruled() {
            return Mono.just("ruled");
        }
    }

    /** In a slice, too. */
    @Component
    static class Rules implements RouteRulesCustomizer {
        @Override
        public void customize(RouteRules.Builder rules) {
            rules.guard("GET", "/v1/ruled", Requirement.anyToken());
        }
    }
}
