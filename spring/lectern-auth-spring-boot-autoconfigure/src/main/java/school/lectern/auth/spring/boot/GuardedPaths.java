package school.lectern.auth.spring.boot;

import org.springframework.beans.factory.ListableBeanFactory;

/** The paths of an application whose requests need a token, unless a rule opens them. */
enum GuardedPaths {
    /** All of them: a path that no rule names is closed. */
    ALL,
    /** Those that a rule names. Spring Security decides about the others. */
    OF_RULES,
    /** None, since the filter is switched off. */
    NONE;

    static GuardedPaths of(ListableBeanFactory beans) {
        if (WebFilterBean.existsIn(beans)) {
            return ApplicationChains.existIn(beans) ? OF_RULES : ALL;
        }
        if (beans.containsBean(LecternAuthServletAutoConfiguration.FILTER)
                || beans.containsBean(LecternAuthSecurityAutoConfiguration.OWN_CHAIN)) {
            return ALL;
        }
        return beans.containsBean(LecternAuthSecurityAutoConfiguration.CHAIN_CHECK) ? OF_RULES : NONE;
    }
}
