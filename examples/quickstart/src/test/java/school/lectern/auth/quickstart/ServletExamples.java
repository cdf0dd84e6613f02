package school.lectern.auth.quickstart;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;

/** The Java code of docs/servlet.md. {@link ServletGuideTest} compares the two. */
final class ServletExamples {

    private ServletExamples() {}

    static void register(ServletContext servletContext, LecternAuth auth) {
        LecternAuthFilter.register(
                servletContext,
                auth,
                routes -> routes.permitAll("GET", "/").guard("GET", "/v1/learners/{id}", "read:learners"));
    }

    static void behindProxies(ServletContext servletContext, LecternAuth auth, RouteRules rules) {
        TrustedProxies proxies =
                TrustedProxies.of(List.of(IpRange.parse("10.0.0.0/8"))).andUnixSocket();
        LecternAuthFilter.register(servletContext, auth, rules, proxies);
    }

    static String handle(HttpServletRequest request, HttpServletResponse response) throws IOException {
        TokenPrincipal caller = LecternAuthFilter.principal(request);
        AuthErrors.send(request, response, AuthError.invalid("name", "is required"));
        return caller.getName();
    }

    static RouteRules pages() {
        RouteRules rules = RouteRules.builder()
                .permitAll("GET", "/")
                .permitAll("*", "/WEB-INF/**")
                .guard("GET", "/v1/learners/{id}", "read:learners")
                .build();
        return rules;
    }

    static RouteRules sockets() {
        RouteRules sockets =
                RouteRules.builder().guard("GET", "/ws", "read:learners").build();
        return sockets;
    }
}
