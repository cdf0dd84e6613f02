package school.lectern.auth.spring.boot;

import java.util.function.Supplier;
import school.lectern.auth.LecternAuth;

/**
 * Explains why rules cannot be used: one of them names a scope or a limit policy that the dialect does not have, or would be
 * unlimited by mistake.
 */
final class MisfitRoutes {

    private MisfitRoutes() {}

    static <T> T explain(LecternAuth auth, Supplier<T> built) {
        try {
            return built.get();
        } catch (IllegalArgumentException wrong) {
            throw new LecternAuthConfigurationException(
                    "The routes do not fit the dialect " + auth.dialect().name() + ": " + wrong.getMessage(),
                    "Correct lectern.auth.routes, the annotation @RequiresScope or the RouteRulesCustomizer that names it, or"
                            + " choose another lectern.auth.dialect",
                    wrong);
        }
    }
}
