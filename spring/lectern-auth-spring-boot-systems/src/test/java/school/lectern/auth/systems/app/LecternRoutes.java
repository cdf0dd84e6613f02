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

/** The routes of Lectern. That of bulk requests has its rule in system-lectern.yaml. */
@RestController
@ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "lectern")
class LecternRoutes {

    private final Records records;
    private final Settings settings;

    LecternRoutes(Records records, Settings settings) {
        this.records = records;
        this.settings = settings;
    }

    @GetMapping("/v1/learners")
    @RequiresScope("read:learners")
    ResponseEntity<String> list(@AuthenticationPrincipal TokenPrincipal caller) {
        return records.list(caller);
    }

    @PostMapping("/v1/learners")
    @RequiresScope("write:learners")
    ResponseEntity<String> add(@AuthenticationPrincipal TokenPrincipal caller, @RequestBody String body) {
        return records.add(caller, body);
    }

    @GetMapping("/v1/learners/{id}")
    @RequiresScope("read:learners")
    ResponseEntity<String> get(@AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id) {
        return records.get(caller, id);
    }

    @PutMapping("/v1/learners/{id}")
    @RequiresScope("write:learners")
    ResponseEntity<String> replace(
            @AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id, @RequestBody String body) {
        return records.replace(caller, id, body);
    }

    @DeleteMapping("/v1/learners/{id}")
    @RequiresScope("delete:learners")
    ResponseEntity<String> remove(@AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id) {
        return records.remove(caller, id);
    }

    @PostMapping("/v1/bulk/learners")
    ResponseEntity<String> addAll(@AuthenticationPrincipal TokenPrincipal caller, @RequestBody String body) {
        return records.addAll(caller, body);
    }

    @GetMapping("/v1/settings")
    @RequiresScope("read:learners")
    ResponseEntity<String> settings(@AuthenticationPrincipal TokenPrincipal caller) {
        return records.answer(200, Records.object().put("theme", settings.theme()), caller);
    }

    /** No rule names it. */
    @GetMapping("/v1/closed")
    String closed() {
        throw new IllegalStateException("must not be reached");
    }
}
