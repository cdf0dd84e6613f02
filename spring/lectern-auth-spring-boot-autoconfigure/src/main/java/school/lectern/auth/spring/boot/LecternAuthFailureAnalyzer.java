package school.lectern.auth.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Reports a wrong setting and its remedy instead of a stack trace. */
final class LecternAuthFailureAnalyzer extends AbstractFailureAnalyzer<LecternAuthConfigurationException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, LecternAuthConfigurationException cause) {
        return new FailureAnalysis(cause.problem() + ".", cause.action() + ".", root);
    }
}
