package school.lectern.auth.quickstart;

import jakarta.servlet.ServletContext;
import javax.sql.DataSource;
import school.lectern.auth.Actor;
import school.lectern.auth.AuditMode;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.TokenSettings;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.servlet.RouteRules;
import school.lectern.auth.token.IssuedToken;

/** The README's lines of Java, so that they compile. {@link ReadmeTest} holds the two against each other. */
final class ReadmeExamples {

    private ReadmeExamples() {}

    static LecternAuth guard(DataSource dataSource, ServletContext servletContext) {
        JdbcStorage storage = JdbcStorage.builder(dataSource).createTables().open();
        CachingTokenStore tokens = CachingTokenStore.builder(storage.tokens()).open();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, tokens)
                .limits(storage.limits())
                .audit(storage.audit(), AuditMode.DURABLE)
                .build();
        RouteRules rules = RouteRules.builder()
                .permitAll("GET", "/health")
                .guard("GET", "/v1/learners/{id}", Requirement.scope("read:learners"))
                .build();
        LecternAuthFilter.register(servletContext, auth, rules);
        return auth;
    }

    static String issue(LecternAuth auth) {
        TokenSettings settings = new TokenSettings().name("CI").scopes(ScopeSet.parse("read:learners"));
        IssuedToken token = auth.issuer()
                .issue("123", TokenEnvironment.LIVE, settings, Actor.application())
                .orElseThrow();
        return token.secret().expose();
    }
}
