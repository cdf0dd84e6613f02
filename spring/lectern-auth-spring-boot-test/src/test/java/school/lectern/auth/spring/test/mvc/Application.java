package school.lectern.auth.spring.test.mvc;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spring.boot.RouteRulesCustomizer;
import school.lectern.auth.spring.web.RequiresScope;

/** An application with Spring MVC. */
@SpringBootApplication
class Application {

    @RestController
    static class Learners {
        @GetMapping("/v1/learners/{id}")
        @RequiresScope("read:learners")
        String learner(@PathVariable String id, HttpServletRequest request) {
            return "learner " + id + " of "
                    + LecternAuthFilter.principal(request).tenantId();
        }

        @GetMapping("/v1/ruled")
        String ruled() {
            return "ruled";
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
