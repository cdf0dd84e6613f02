package school.lectern.auth.spring.boot;

import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.servlet.LecternAuthFilter;

/** Creates filters, and turns the reason why one cannot be into the failure of a start. */
final class ServletFilters {

    private ServletFilters() {}

    static LecternAuthFilter guarding(LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        try {
            return new LecternAuthFilter(auth, rules, proxies);
        } catch (IllegalArgumentException wrong) {
            throw new LecternAuthConfigurationException(
                    "The routes do not fit the dialect " + auth.dialect().name() + ": " + wrong.getMessage(),
                    "Correct lectern.auth.routes, the annotation @RequiresScope or the RouteRulesCustomizer that names it, or"
                            + " choose another lectern.auth.dialect",
                    wrong);
        }
    }
}
