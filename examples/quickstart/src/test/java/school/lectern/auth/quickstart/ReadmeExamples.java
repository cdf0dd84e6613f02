package school.lectern.auth.quickstart;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import javax.sql.DataSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.token.IssuedToken;

/** The README's Java code, so that it is compiled. {@link ReadmeTest} compares the two. */
final class ReadmeExamples {

    private ReadmeExamples() {}

    static LecternAuth guard(DataSource dataSource, ServletContext servletContext) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.of(dataSource))
                .open();
        LecternAuthFilter.register(
                servletContext,
                auth,
                routes -> routes.permitAll("GET", "/health").guard("GET", "/v1/learners/{id}", "read:learners"));
        return auth;
    }

    static String issue(LecternAuth auth) {
        IssuedToken token = auth.tenant("123")
                .tokens()
                .issue(NewToken.named("CI").scopes("read:learners"))
                .orElseThrow();
        return token.secret().expose();
    }

    static boolean mayWrite(HttpServletRequest request) {
        TokenPrincipal caller = LecternAuthFilter.principal(request);
        return caller.tenantId().equals("123") && caller.hasScope("write:learners");
    }
}
