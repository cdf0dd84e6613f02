package school.lectern.auth.systems.app;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiresScope;

/**
 * The routes of LearnHouse, beside those of the management API. That the token belongs to the organization in the path is set
 * in system-learnhouse.yaml.
 */
@RestController
@ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "learnhouse")
class LearnHouseRoutes {

    private static final String COURSES = "/api/v1/orgs/{org_id}/courses";

    private final Records records;

    LearnHouseRoutes(Records records) {
        this.records = records;
    }

    @GetMapping(COURSES)
    @RequiresScope("action_read:courses")
    ResponseEntity<String> list(@AuthenticationPrincipal TokenPrincipal caller) {
        return records.list(caller);
    }

    @PostMapping(COURSES)
    @RequiresScope("action_create:courses")
    ResponseEntity<String> add(@AuthenticationPrincipal TokenPrincipal caller, @RequestBody String body) {
        return records.add(caller, body);
    }

    @GetMapping(COURSES + "/{id}")
    @RequiresScope("action_read:courses")
    ResponseEntity<String> get(@AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id) {
        return records.get(caller, id);
    }

    @PutMapping(COURSES + "/{id}")
    @RequiresScope("action_update:courses")
    ResponseEntity<String> replace(
            @AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id, @RequestBody String body) {
        return records.replace(caller, id, body);
    }

    @DeleteMapping(COURSES + "/{id}")
    @RequiresScope("action_delete:courses")
    ResponseEntity<String> remove(@AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id) {
        return records.remove(caller, id);
    }
}
