package school.lectern.auth.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import school.lectern.auth.http.MisfitRulesException;

/**
 * Reports a rule that does not fit the dialect, wherever the rule comes from and whatever guards the application: each guard
 * checks its rules itself.
 */
final class MisfitRulesFailureAnalyzer extends AbstractFailureAnalyzer<MisfitRulesException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, MisfitRulesException cause) {
        return new FailureAnalysis(
                "The routes do not fit the dialect: " + cause.getMessage() + ".",
                "Correct lectern.auth.routes, the annotation @RequiresScope, the RouteRulesCustomizer or the RouteRules bean"
                        + " that names it, or choose another lectern.auth.dialect.",
                root);
    }
}
