package school.lectern.auth.spring.boot;

import school.lectern.auth.http.RouteRules;

/** Adds rules for routes. A bean of this type is called after the rules of the properties were added. */
@FunctionalInterface
public interface RouteRulesCustomizer {

    /**
     * Adds rules. The first rule that matches a request applies.
     *
     * @param builder has the rules of the properties
     */
    void customize(RouteRules.Builder builder);
}
