package com.example.learners;

import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiresScope;

/** The API. A handler without @RequiresScope would be closed, until a rule in application.yaml opens or guards it. */
@RestController
class LearnerController {

    @GetMapping("/v1/learners/{id}")
    @RequiresScope("read:learners")
    Map<String, String> learner(@PathVariable String id, TokenPrincipal caller) {
        return Map.of("id", id, "tenant", caller.tenantId());
    }

    @PostMapping("/v1/learners/{id}")
    @RequiresScope("write:learners")
    Map<String, String> rename(@PathVariable String id, TokenPrincipal caller) {
        return Map.of("id", id, "renamed_by", caller.getName());
    }

    @GetMapping("/hello")
    String hello() {
        return "hello";
    }
}
