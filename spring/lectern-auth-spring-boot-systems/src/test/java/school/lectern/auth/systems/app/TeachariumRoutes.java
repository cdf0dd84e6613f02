package school.lectern.auth.systems.app;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiresScope;

/** The routes of Teacharium, whose tokens have no scopes: three lessons of each organization. */
@RestController
@ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "teacharium")
@RequiresScope({})
class TeachariumRoutes {

    private final Records records;

    TeachariumRoutes(Records records) {
        this.records = records;
    }

    @GetMapping("/api/public/lessons")
    ResponseEntity<String> list(@AuthenticationPrincipal TokenPrincipal caller) {
        return records.answer(200, Records.array(Records.lessons("les_" + caller.tenantId() + '_')), caller);
    }

    @GetMapping("/api/public/lessons/{id}")
    ResponseEntity<String> get(@AuthenticationPrincipal TokenPrincipal caller, @PathVariable("id") String id) {
        return records.answer(
                200,
                Records.lessons("les_" + caller.tenantId() + '_').stream()
                        .filter(lesson -> lesson.get("id").asString().equals(id))
                        .findFirst()
                        .orElseThrow(() -> new Refusal(AuthError.of(Kind.NOT_FOUND))),
                caller);
    }
}
